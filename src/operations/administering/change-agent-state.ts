import type { Actor } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { type Capacity, lifecycle, mayLift } from '../../directory/lifecycle.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'
import { actsForOrganization } from '../enforcing/check-organization-agent.ts'

type Needs = Pick<Deps, 'clock' | 'agents' | 'apiKeys' | 'status' | 'sessions' | 'identityKeys'>
type StateNeeds = Needs & Pick<Deps, 'people'>

/** Status cause used for agent suspension; other causes keep the bit set. */
const cause = 'agent'

/**
 * Suspends everything the agent holds, until somebody resumes it who may lift the cause. A suspended
 * agent can be suspended again for a stronger cause.
 */
export async function suspendAgent(
  needs: StateNeeds,
  caller: Caller,
  agent: Agent,
  reason: string,
): Promise<Change<Agent>> {
  const { id } = agent
  const { actor } = caller
  const suspendedBy = await capacityOf(needs, caller, agent)
  return {
    writes: [
      ...needs.agents.suspend(id, suspendedBy),
      ...needs.status.addCauseToAll({ agentId: id }, 'suspension', cause, needs.clock()),
    ],
    events: [{ type: 'agent.suspended', actor, facts: { agent: id, reason } }],
    answer: { ...agent, state: lifecycle.suspend.to, suspendedBy },
  }
}

/** For whom the caller suspends or resumes the agent. */
const capacityOf = async (needs: StateNeeds, caller: Caller, agent: Agent): Promise<Capacity> =>
  hasRole(caller, 'administrator')
    ? 'administrator'
    : (await actsForOrganization(needs, caller, [agent.owner, agent.deputy]))
      ? 'directory'
      : 'owner'

/** @throws ServiceError `caller_forbidden` if the agent is suspended for a cause that the caller may not lift. */
export async function checkMayResume(
  needs: StateNeeds,
  caller: Caller,
  agent: Agent,
): Promise<void> {
  if (agent.state !== 'suspended') return
  if (!mayLift(agent.suspendedBy, await capacityOf(needs, caller, agent)))
    throw new ServiceError(
      'caller_forbidden',
      `the cause of this suspension (${agent.suspendedBy ?? 'unknown'}) is not the caller's to lift`,
    )
}

/**
 * Resumes a suspended agent. An agent whose owner has left has nobody answerable. It must be handed
 * over first.
 */
export async function resumeAgent(
  needs: StateNeeds,
  caller: Caller,
  agent: Agent,
): Promise<Change<Agent>> {
  const { id } = agent
  const { actor } = caller
  await checkMayResume(needs, caller, agent)
  if (!isActing(await needs.people.find(agent.owner)))
    throw new ServiceError('person_left', 'the owner has left: hand the agent over first')
  return {
    writes: [
      needs.agents.mustBeSuspendedAsRead(agent),
      ...needs.agents.step(id, 'resume'),
      needs.agents.wasActive(id, needs.clock()),
      needs.agents.setDormant(id, null),
      ...needs.status.removeSuspensionOfAll({ agentId: id }, cause, needs.clock()),
    ],
    events: [{ type: 'agent.resumed', actor, facts: { agent: id } }],
    answer: { ...agent, state: lifecycle.resume.to, suspendedBy: null },
  }
}

/**
 * Permanent. Everything the agent holds ends in the same commit: credentials, their delegations,
 * sessions, API keys, and its private key if kept here.
 */
export async function retireAgent(
  needs: Needs,
  actor: Actor,
  agent: Agent,
  reason: string,
): Promise<Change<Agent>> {
  const { id } = agent
  const now = needs.clock()
  return {
    writes: [
      ...needs.agents.step(id, 'retire'),
      ...needs.status.addCauseToAll({ below: id }, 'revocation', cause, now),
      needs.sessions.endAllOf(agent, now),
      // Earlier signatures stay verifiable; no new ones are made.
      ...(agent.did ? [needs.identityKeys.supersede(agent.did, false)] : []),
      needs.apiKeys.revokeAllOf({ kind: 'agent', id }, now),
    ],
    events: [{ type: 'agent.retired', actor, facts: { agent: id, reason } }],
    answer: { ...agent, state: lifecycle.retire.to, suspendedBy: null },
  }
}
