import type { Actor } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { lifecycle } from '../../directory/lifecycle.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'agents' | 'apiKeys' | 'status' | 'sessions' | 'identityKeys'>

/** The cause that an agent's own state is to its credentials: another cause keeps a bit set when it goes. */
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

/** Nobody answers for an agent whose owner has left: it is handed over first. */
export async function resumeAgent(
  needs: Needs & Pick<Deps, 'people'>,
  actor: Actor,
  agent: Agent,
): Promise<Change<Agent>> {
  const { id } = agent
  if ((await needs.people.find(agent.owner))?.state !== 'active')
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
 * For good. Everything the agent holds ends in the same commit: credentials, what was delegated from
 * them, sessions, API keys, and its private key if that is kept here.
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
      // Older signatures can still be checked; none is made any more.
      ...(agent.did ? [needs.identityKeys.supersede(agent.did, false)] : []),
      needs.apiKeys.revokeAllOf({ kind: 'agent', id }, now),
    ],
    events: [{ type: 'agent.retired', actor, facts: { agent: id, reason } }],
    answer: { ...agent, state: lifecycle.retire.to },
  }
}
