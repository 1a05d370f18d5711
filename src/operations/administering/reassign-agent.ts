import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { HandOver } from '../../directory/hand-over.ts'
import { mayLift } from '../../directory/lifecycle.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { Change } from '../common/change.ts'
import { noOffer } from '../common/find-visible.ts'
import { type DutyNeeds, separateHandedOver } from '../enforcing/check-duties-held.ts'
import { actsForOrganization } from '../enforcing/check-organization-agent.ts'
import type { RevokeNeeds } from '../enforcing/revoke-excess.ts'
import { type BeginAnewNeeds, beginAnew } from './begin-anew.ts'
import { factsOfOffer, newOffer, type OfferedAgent, offered } from './offer-reassignment.ts'
import { checkAnswerable } from './register-agent.ts'

type Needs = RevokeNeeds & DutyNeeds & Pick<Deps, 'crypto' | 'agents' | 'handOvers' | 'people'>

/**
 * Makes others answerable for an agent. Administrators and directories do so at once. An owner
 * makes an offer: nobody becomes owner or deputy without accepting. An employee's agent acts for
 * that person and stays theirs.
 */
export async function handOver(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  owner: Id,
  deputy: Id | null,
): Promise<Change<OfferedAgent>> {
  const concerned = [agent.owner, agent.deputy, owner, deputy]
  const isOrder = await actsForOrganization(needs, caller, concerned)
  if (!isOrder && caller.person !== agent.owner)
    throw new ServiceError(
      'caller_forbidden',
      'only the owner or an administrator hands an agent over',
    )
  if (agent.kind === 'employee' && owner !== agent.owner)
    throw new ServiceError('request_unprocessable', "an employee's agent acts for that person only")
  if (agent.state === 'retired')
    throw new ServiceError('agent_state_conflict', 'the agent is retired')
  const answerable = await checkAnswerable(needs, owner, deputy)
  const to = owner !== agent.owner ? owner : deputy !== agent.deputy ? deputy : null
  if (!isOrder && to !== null) return offer(needs, caller, agent, { owner, deputy, to }, answerable)
  const duties = await separateHandedOver(needs, agent, (await needs.people.find(owner))!)
  return {
    writes: [
      ...answerable,
      ...needs.agents.handOver(agent, owner, deputy, needs.clock()),
      ...duties,
    ],
    events: [handedOver(caller, agent, owner, deputy)],
    answer: { ...agent, owner, deputy, handOver: null },
  }
}

/**
 * Accepts to answer for an agent. All conditions are checked as they are now, not as they were when
 * it was offered.
 */
export async function acceptHandOver(
  needs: Needs & BeginAnewNeeds & Pick<Deps, 'invalidation'>,
  caller: Caller,
  handOver: HandOver,
): Promise<Change<OfferedAgent>> {
  const agent = await needs.agents.find(handOver.agentId)
  if (caller.person !== handOver.to || !agent) throw noOffer()
  if (agent.state === 'retired' || agent.owner !== handOver.from)
    throw new ServiceError('agent_state_conflict', 'the agent has changed since it was offered')
  const { owner } = handOver
  const isNewOwner = owner !== agent.owner
  if (isNewOwner && agent.state === 'suspended' && !mayLift(agent.suspendedBy, 'owner'))
    throw new ServiceError(
      'agent_state_conflict',
      'the agent is suspended for a cause that no owner lifts: an administrator resumes it or hands it over',
    )
  const answerable = await checkAnswerable(needs, owner, handOver.deputy)
  const offerer = await needs.people.find(handOver.from)
  if (!isActing(offerer))
    throw new ServiceError('person_left', 'the person who made the offer has left')
  // If the old owner offers to stay as deputy of an agent that has one, that deputy is replaced, so
  // others must be asked.
  const deputy =
    !isNewOwner || handOver.deputy === agent.deputy || handOver.deputy === handOver.from
      ? handOver.deputy
      : null
  const anew = isNewOwner ? await beginAnew(needs, agent) : { writes: [], agent, changed: null }
  const asked =
    deputy === handOver.deputy
      ? null
      : newOffer(needs, caller, agent, {
          from: owner,
          to: handOver.deputy!,
          owner,
          deputy: handOver.deputy,
        })
  return {
    writes: [
      ...needs.handOvers.settle(handOver),
      ...answerable,
      ...needs.agents.handOver(agent, owner, deputy, needs.clock()),
      ...anew.writes,
      ...(asked ? [needs.handOvers.offer(asked)] : []),
      // The previous owner may know the key, and may have used it.
      ...(anew.changed ? [needs.invalidation.announce()] : []),
    ],
    events: [handedOver(caller, agent, owner, deputy), ...(asked ? [offered(caller, asked)] : [])],
    answer: { ...anew.agent, owner, deputy, handOver: asked },
  }
}

/** Ends an offer: declined by the person asked, or withdrawn by the person who made it. */
export async function endHandOver(
  needs: Pick<Deps, 'handOvers'>,
  { actor }: Caller,
  handOver: HandOver,
  how: 'declined' | 'withdrawn',
): Promise<Change<HandOver>> {
  return {
    writes: needs.handOvers.settle(handOver),
    events: [{ type: `agent.hand-over-${how}`, actor, facts: factsOfOffer(handOver) }],
    answer: handOver,
  }
}

async function offer(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  { owner, deputy, to }: Pick<HandOver, 'owner' | 'deputy' | 'to'>,
  answerable: readonly Write[],
): Promise<Change<OfferedAgent>> {
  const handOver = newOffer(needs, caller, agent, { from: agent.owner, to, owner, deputy })
  return {
    writes: [needs.agents.mustBeUnchanged(agent), ...answerable, needs.handOvers.offer(handOver)],
    events: [offered(caller, handOver)],
    answer: { ...agent, handOver },
  }
}

const handedOver = ({ actor }: Caller, agent: Agent, owner: Id, deputy: Id | null): AuditEvent => ({
  type: 'agent.handed-over',
  actor,
  facts: { agent: agent.id, from: agent.owner, to: owner, deputy },
})
