import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { KeyProof } from '../../directory/key-proof.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'
import { checkKeyProof } from './prove-key.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'agents'
  | 'people'
  | 'requests'
  | 'identities'
  | 'settings'
  | 'status'
  | 'sessions'
  | 'invalidation'
>

/** For good: whoever brought the key may use it until there is another. */
const always = Number.MAX_SAFE_INTEGER
/** Status cause of credentials that fell with the key they were bound to. */
const cause = 'key-compromised'

/**
 * Puts a new key in the place of an agent's current one. The DID stays, so only a did:web agent can
 * do this. An agent that keeps its key proves that it holds the new one. A deputy who brings it may
 * hold it: what the agent does counts as the deputy's too, until somebody else brings another.
 *
 * A compromised key leaves the DID document. What rests on it elsewhere ends in the same commit:
 * credentials in a form bound to it, and sessions, which whoever has the key may have opened.
 *
 * @see permission-model.md, 7.4
 */
export async function rotateAgentKey(
  needs: Needs,
  { actor, person }: Caller,
  agent: Agent,
  { proof, compromised }: { readonly proof?: KeyProof | undefined; readonly compromised: boolean },
): Promise<Change<Agent>> {
  const { id, did } = agent
  if (!did?.startsWith('did:web:'))
    throw new ServiceError(
      'request_unprocessable',
      'a did:key is its key: register the agent anew, or with a did:web',
    )
  if ((agent.custody === 'own') !== (proof !== undefined))
    throw new ServiceError(
      'request_unprocessable',
      agent.custody === 'own'
        ? 'the proof of the new key is missing'
        : 'the key of this agent is made here',
    )
  const proven = proof && (await checkKeyProof(needs, agent, proof))
  if (proven && proven.key.kind !== agent.keyKind)
    throw new ServiceError(
      'key_proof_invalid',
      `the agent was registered with a ${agent.keyKind} key`,
    )
  const { key, writes } = await needs.identities.rotate(
    did,
    proven?.key ?? agent.keyKind,
    compromised,
  )
  const now = needs.clock()
  return {
    writes: [
      needs.agents.mustBeActive(id),
      needs.agents.mustBeUnchanged(agent),
      ...(proven ? [needs.requests.spend(proven.challenge), needs.people.nobodyActsFor(id)] : []),
      ...(proven && person && person === agent.deputy
        ? [needs.people.actFor(id, person, always)]
        : []),
      ...writes,
      ...(compromised
        ? [
            ...needs.status.addCauseToAll({ boundTo: id }, 'revocation', cause, now),
            needs.sessions.endAllOf(agent, now),
            needs.invalidation.announce(),
          ]
        : []),
    ],
    events: [{ type: 'agent.key-rotated', actor, facts: { agent: id, key: key.id, compromised } }],
    answer: agent,
  }
}
