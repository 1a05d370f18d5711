import type { Actor } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import type { TaskRecord, TaskState } from '../../directory/task.ts'
import type { TaskOutcome } from '../../permission/permission.ts'
import type { Change } from '../common/change.ts'
import { noTask } from '../common/find-visible.ts'
import { readEveryPage } from '../common/read-every-page.ts'

type Needs = Pick<Deps, 'clock' | 'tasks' | 'credentials' | 'agents' | 'status'>

/** The cause that a task's end is to the credentials issued under it. */
const cause = 'task'

/**
 * Ends a task, and with it every permission issued under it, in one commit. Ending it again, or
 * otherwise, is a conflict: the first end stands.
 *
 * @see permission-model.md, 2.7 and 7.2
 */
export async function endTask(
  needs: Needs,
  caller: Caller,
  task: TaskRecord,
  outcome: TaskOutcome,
): Promise<Change<TaskRecord>> {
  if (!(await mayEnd(needs, caller, task))) throw noTask()
  return close(needs, caller.actor, task, outcome)
}

/** What time does to a task that nobody ended. */
export const expireTask = (needs: Needs, task: TaskRecord): Promise<Change<TaskRecord>> =>
  close(needs, 'service', task, 'expired')

async function close(
  needs: Needs,
  actor: Actor,
  task: TaskRecord,
  outcome: TaskState,
): Promise<Change<TaskRecord>> {
  const now = needs.clock()
  return {
    writes: [
      ...needs.tasks.end(task.id, outcome, now),
      ...needs.status.addCauseToAll({ taskId: task.id }, 'revocation', cause, now),
    ],
    events: [{ type: 'task.ended', actor, facts: { task: task.id, outcome } }],
    answer: { ...task, state: outcome, endedAt: now },
  }
}

/**
 * The root issuer's people; the named host; and the subject of a root permission that an issuer gave
 * for this very task, or that the task's own agent asked for. Whoever got one by asking under a task
 * that does not name it has helped itself, and a delegate has but a part: neither ends it for the others.
 */
async function mayEnd(needs: Needs, caller: Caller, task: TaskRecord): Promise<boolean> {
  if (hasRole(caller, 'administrator', 'issuer')) return true
  if (caller.agent === undefined) return false
  const agent = await needs.agents.find(caller.agent)
  if (task.host !== null && agent?.did === task.host) return true
  const isNamed = task.agents.includes(caller.agent)
  // What was taken back from an agent gives it no say; once the task has ended all of it was.
  const state = task.state === 'open' ? ('active' as const) : undefined
  const filter = { taskId: task.id, agentId: caller.agent, state }
  const held = await readEveryPage((page) => needs.credentials.list(filter, page, needs.clock()))
  return held.some(({ basis }) => basis === 'issuer' || (isNamed && basis.startsWith('request:')))
}
