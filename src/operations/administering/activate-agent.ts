import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { DidPlace } from '../../did/capabilities.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { KeyProof } from '../../directory/key-proof.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { Change } from '../common/change.ts'
import { checkKeyProof } from './prove-key.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'agents' | 'requests' | 'identities' | 'settings'>

/**
 * Activates a pending agent once it proves that it holds its key, and assigns its DID. Anyone who
 * knows the challenge may send the proof. Only the person who registered the agent received the
 * challenge.
 */
export async function activateAgent(needs: Needs, id: Id, proof: KeyProof): Promise<Change<Agent>> {
  const agent = await needs.agents.find(id)
  if (!agent)
    throw new ServiceError(
      'key_proof_invalid',
      'the challenge is not for this agent, or has expired',
    )
  const { key, challenge } = await checkKeyProof(needs, agent, proof)
  if (key.kind !== agent.keyKind)
    throw new ServiceError(
      'key_proof_invalid',
      `the agent was registered with a ${agent.keyKind} key`,
    )
  const { did, writes } = needs.identities.assign(key, placeOf(agent))
  return {
    writes: [
      needs.requests.spend(challenge),
      needs.agents.mustBeUnchanged(agent),
      ...needs.agents.step(id, 'activate'),
      needs.agents.assignDid(id, did),
      ...writes,
    ],
    events: [
      { type: 'agent.activated', actor: `agent:${id}`, facts: { agent: id, did, custody: 'own' } },
    ],
    answer: { ...agent, did, state: 'active' as const },
  }
}

/**
 * The owner confirms an agent that a directory registered. Its key is made and kept here.
 *
 * @throws ServiceError `agent_state_conflict`, `request_unprocessable`.
 */
export async function confirmAgent(
  needs: Needs & Pick<Deps, 'people'>,
  caller: Caller,
  agent: Agent,
): Promise<Change<Agent>> {
  if (agent.custody !== 'service')
    throw new ServiceError(
      'request_unprocessable',
      'this agent keeps its own key: ask for a key challenge, and activate it with the proof',
    )
  if (agent.state !== 'pending')
    throw new ServiceError('agent_state_conflict', 'the state of the agent does not allow this')
  const owner = await needs.people.find(agent.owner)
  if (!isActing(owner)) throw new ServiceError('person_left', 'the owner has left')
  const before = [
    needs.agents.mustBeUnchanged(agent),
    needs.people.mustHaveRoles(owner.id, owner.roles),
  ]
  return activateWithSealedKey(needs, caller, agent, before, [])
}

/**
 * Makes and seals a key for an agent that cannot keep one. `before` are the first writes of the
 * commit.
 */
export async function activateWithSealedKey(
  needs: Pick<Needs, 'agents' | 'identities'>,
  { actor }: Caller,
  agent: Agent,
  before: readonly Write[],
  events: readonly AuditEvent[],
): Promise<Change<Agent>> {
  const { did, writes } = await needs.identities.create(agent.keyKind, placeOf(agent))
  return {
    writes: [
      ...before,
      ...needs.agents.step(agent.id, 'activate'),
      needs.agents.assignDid(agent.id, did),
      ...writes,
    ],
    events: [
      ...events,
      { type: 'agent.activated', actor, facts: { agent: agent.id, did, custody: 'service' } },
    ],
    answer: { ...agent, did, state: 'active' as const },
  }
}

export const placeOf = ({ didMethod, id }: Agent): DidPlace =>
  didMethod === 'key' ? { method: 'key' } : { method: 'web', path: ['agents', id] }
