import type { Deps } from '../../deps.ts'
import { type ErrorCode, ServiceError } from '../../foundation/errors.ts'
import { retireAgent } from '../administering/change-agent-state.ts'
import { carryOut, type Propose } from '../common/carry-out.ts'
import { scanDuties } from '../governing/change-separation-rule.ts'
import { passDeadline } from '../governing/close-access-request.ts'
import { endReview } from '../governing/conclude-review.ts'
import { expireTask } from '../issuing/end-task.ts'
import { endUnusedAgents } from './end-unused-agents.ts'

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
      await unlessDoneElsewhere(needs, () =>
        retireAgent(needs, 'service', agent, 'its lifetime is over'),
      )
  }
  const tasks = await needs.tasks.overdue(now, batch)
  for (const id of tasks) {
    const task = await needs.tasks.find(id)
    if (task) await unlessDoneElsewhere(needs, () => expireTask(needs, task))
  }
  const requests = await needs.accessRequests.overdue(now, batch)
  for (const request of requests)
    await unlessDoneElsewhere(needs, () => passDeadline(needs, request))
  for (const campaign of await needs.reviews.overdue(now, 1))
    for (const propose of await endReview(needs, campaign))
      await unlessDoneElsewhere(needs, propose)
  for (const propose of await endUnusedAgents(needs)) await unlessDoneElsewhere(needs, propose)
  await scanDuties(needs)
  return agents.length + tasks.length + requests.length
}

const doneElsewhere: readonly ErrorCode[] = [
  'agent_state_conflict',
  'task_ended',
  'write_conflict',
  'request_closed',
]

/** Another node, or a caller, may have been quicker: then there is nothing left to do. */
async function unlessDoneElsewhere(needs: Needs, propose: Propose<unknown>): Promise<void> {
  try {
    await carryOut(needs, propose)
  } catch (error) {
    if (!(error instanceof ServiceError && doneElsewhere.includes(error.code))) throw error
  }
}
