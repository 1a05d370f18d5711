import type { Deps } from '../deps.ts'
import { type ErrorCode, ServiceError } from '../errors.ts'
import { retireAgent } from './change-agent-state.ts'
import { lookAtDuties } from './change-separation-rule.ts'
import { endReview } from './conclude-review.ts'
import { expireTask } from './end-task.ts'
import { endUnused } from './end-unused.ts'
import { passDeadline } from './settle-request.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'commit'
  | 'agents'
  | 'apiKeys'
  | 'tasks'
  | 'credentials'
  | 'status'
  | 'requests'
  | 'sessions'
  | 'people'
  | 'accessRequests'
  | 'crypto'
  | 'documents'
  | 'governance'
  | 'duties'
  | 'identityKeys'
  | 'settings'
  | 'reviews'
  | 'ceilings'
  | 'usage'
  | 'audit'
>

const batch = 100

/** What time brings about: ephemeral agents, tasks and stages of approval end. */
export async function endWhatIsDue(needs: Needs): Promise<number> {
  const now = needs.clock()
  const agents = await needs.agents.ended(now, batch)
  for (const id of agents) {
    const agent = await needs.agents.find(id)
    if (agent)
      await unlessDoneElsewhere(retireAgent(needs, 'service', agent, 'its lifetime is over'))
  }
  const tasks = await needs.tasks.overdue(now, batch)
  for (const id of tasks) {
    const task = await needs.tasks.find(id)
    if (task) await unlessDoneElsewhere(expireTask(needs, task))
  }
  const requests = await needs.accessRequests.overdue(now, batch)
  for (const request of requests) await unlessDoneElsewhere(passDeadline(needs, request))
  for (const campaign of await needs.reviews.overdue(now, 1))
    await unlessDoneElsewhere(endReview(needs, campaign))
  for (const end of await endUnused(needs)) await unlessDoneElsewhere(end())
  await lookAtDuties(needs)
  return agents.length + tasks.length + requests.length
}

const doneElsewhere: readonly ErrorCode[] = [
  'agent_state_conflict',
  'task_ended',
  'write_conflict',
  'request_closed',
]

/** Another node, or a caller, may have been quicker: then there is nothing left to do. */
async function unlessDoneElsewhere(change: Promise<unknown>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (!(error instanceof ServiceError && doneElsewhere.includes(error.code))) throw error
  }
}
