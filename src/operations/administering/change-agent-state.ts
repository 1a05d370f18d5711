import type { Actor } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import { lifecycle } from '../../directory/lifecycle.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'agents' | 'apiKeys' | 'status' | 'sessions' | 'identityKeys'>

/** Status cause used for agent suspension; other causes keep the bit set. */
const cause = 'agent'

/** Suspends everything the agent holds, until it is resumed. */
export async function suspendAgent(
  needs: Needs,
  actor: Actor,
  agent: Agent,
  reason: string,
): Promise<Change<Agent>> {
  const { id } = agent
  return {
    writes: [
      ...needs.agents.step(id, 'suspend'),
      ...needs.status.addCauseToAll({ agentId: id }, 'suspension', cause, needs.clock()),
    ],
    events: [{ type: 'agent.suspended', actor, facts: { agent: id, reason } }],
    answer: { ...agent, state: lifecycle.suspend.to },
  }
}

/** An agent whose owner has left has nobody answerable. It must be handed over first. */
export async function resumeAgent(
  needs: Needs & Pick<Deps, 'people'>,
  actor: Actor,
  agent: Agent,
): Promise<Change<Agent>> {
  const { id } = agent
  if (!isActing(await needs.people.find(agent.owner)))
    throw new ServiceError('person_left', 'the owner has left: hand the agent over first')
  return {
    writes: [
      ...needs.agents.step(id, 'resume'),
      needs.agents.wasActive(id, needs.clock()),
      needs.agents.setDormant(id, null),
      ...needs.status.removeSuspensionOfAll({ agentId: id }, cause),
    ],
    events: [{ type: 'agent.resumed', actor, facts: { agent: id } }],
    answer: { ...agent, state: lifecycle.resume.to },
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
    answer: { ...agent, state: lifecycle.retire.to },
  }
}
