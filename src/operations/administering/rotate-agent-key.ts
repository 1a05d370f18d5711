import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { KeyProof } from '../../directory/key-proof.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'
import { listPeopleAtCall } from '../enforcing/list-makers.ts'
import { checkKeyProof } from './prove-key.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'agents'
  | 'people'
  | 'apiKeys'
  | 'requests'
  | 'identities'
  | 'settings'
  | 'status'
  | 'sessions'
  | 'invalidation'
>

/** Forever: the person who brought the key may use it until it is replaced. */
const always = Number.MAX_SAFE_INTEGER
/** Status cause of credentials bound to a compromised key. */
const cause = 'key-compromised'

/**
 * Replaces an agent's current key. Its DID stays, so this requires did:web. An agent that keeps its
 * own key proves the new one. Anybody but its owner who brings the proof may hold the key, so the
 * agent's acts count as theirs too, until another person brings another key. For a system, or an
 * agent with an API key, those who made its keys bring the proof. An agent that signs with its old
 * key changes nothing of this: whoever has that key can be the one who does so.
 *
 * A compromised key leaves the DID document. What rests on it elsewhere ends in the same commit:
 * credentials in a form bound to it, and sessions, which a thief may have opened.
 *
 * @see permission-model.md, 7.4
 */
export async function rotateAgentKey(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  { proof, compromised }: { readonly proof?: KeyProof | undefined; readonly compromised: boolean },
): Promise<Change<Agent>> {
  const { id, did } = agent
  if (!did?.startsWith('did:web:'))
    throw new ServiceError(
      'request_unprocessable',
      'a did:key cannot change its key: register the agent again, or with did:web',
    )
  if ((agent.custody === 'own') !== (proof !== undefined))
    throw new ServiceError(
      'request_unprocessable',
      agent.custody === 'own'
        ? 'the proof of the new key is missing'
        : 'the key of this agent is made and kept here: send no proof',
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
  const { actor, person } = caller
  const now = needs.clock()
  const bringers = person ? [person] : await listPeopleAtCall(needs, caller)
  return {
    writes: [
      needs.agents.mustBeActive(id),
      needs.agents.mustBeUnchanged(agent),
      ...(proven ? [needs.requests.spend(proven.challenge)] : []),
      ...(proven && person ? [needs.people.nobodyActsFor(id)] : []),
      ...(proven ? bringers : [])
        .filter((one) => one !== agent.owner)
        .map((one) => needs.people.actFor(id, one, always)),
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
