import type { EventFacts } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Agent, Holdings } from '../../directory/agent.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'

export interface RetirementReport {
  readonly agent: Id
  readonly did: string | null
  /** From the log; null until the event has its place there, at most a second later. */
  readonly retired: {
    readonly at: string
    readonly by: string
    readonly reason: string
    /** Place of the event in the log. */
    readonly sequence: number
  } | null
  /** What of it still works, counted now. */
  readonly left: Holdings
  readonly isClean: boolean
}

/** @throws ServiceError `agent_state_conflict` if the agent is not retired. */
export async function reportRetirement(
  needs: Pick<Deps, 'clock' | 'agents' | 'audit'>,
  agent: Agent,
): Promise<RetirementReport> {
  if (agent.state !== 'retired')
    throw new ServiceError('agent_state_conflict', 'the agent is not retired')
  const left = await needs.agents.holdings(agent, needs.clock())
  const [event] = await needs.audit.list({ type: 'agent.retired', agent: agent.id }, 0, 1)
  const told = event?.content && {
    ...(JSON.parse(event.content.body) as {
      at: string
      actor: string
      facts: EventFacts['agent.retired']
    }),
    sequence: event.sequence,
  }
  return {
    agent: agent.id,
    did: agent.did,
    retired: told
      ? { at: told.at, by: told.actor, reason: told.facts.reason, sequence: told.sequence }
      : null,
    left,
    isClean: Object.values(left).every((count) => count === 0),
  }
}
