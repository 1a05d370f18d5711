import type { Deps } from '../../deps.ts'
import { type ErrorCode, ServiceError } from '../../foundation/errors.ts'
import { retireAgent } from '../administering/change-agent-state.ts'
import { carryOut, type Propose } from '../common/carry-out.ts'
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
  | 'cursors'
  | 'audit'
>

const batch = 100

/** Retires agents whose lifetime is over. */
export async function endDueAgents(needs: Needs): Promise<void> {
  for (const id of await needs.agents.ended(needs.clock(), batch)) {
    const agent = await needs.agents.find(id)
    if (agent)
      await unlessDoneElsewhere(needs, () =>
        retireAgent(needs, 'service', agent, 'its lifetime is over'),
      )
  }
}

/** Ends tasks that are past their end. */
export async function expireDueTasks(needs: Needs): Promise<void> {
  for (const id of await needs.tasks.overdue(needs.clock(), batch)) {
    const task = await needs.tasks.find(id)
    if (task) await unlessDoneElsewhere(needs, () => expireTask(needs, task))
  }
}

/** Escalates or expires access requests whose approvers missed the deadline of their stage. */
export async function passDueDeadlines(needs: Needs): Promise<void> {
  for (const request of await needs.accessRequests.overdue(needs.clock(), batch))
    await unlessDoneElsewhere(needs, () => passDeadline(needs, request))
}

/** Ends a review campaign whose deadline has passed, one at a time. */
export async function endDueReviews(needs: Needs): Promise<void> {
  for (const campaign of await needs.reviews.overdue(needs.clock(), 1))
    for (const propose of await endReview(needs, campaign))
      await unlessDoneElsewhere(needs, propose)
}

/** Suspends and retires agents that nobody has used for long. */
export async function endUnused(needs: Needs): Promise<void> {
  for (const propose of await endUnusedAgents(needs)) await unlessDoneElsewhere(needs, propose)
}

const doneElsewhere: readonly ErrorCode[] = [
  'agent_state_conflict',
  'task_ended',
  'write_conflict',
  'request_closed',
]

/** Carries out a change that another node, or a caller, may have carried out first. */
async function unlessDoneElsewhere(needs: Needs, propose: Propose<unknown>): Promise<void> {
  try {
    await carryOut(needs, propose)
  } catch (error) {
    if (!(error instanceof ServiceError && doneElsewhere.includes(error.code))) throw error
  }
}
