import { type Caller, hasRole } from '../agent/caller.ts'
import type { TaskRecord, TaskState } from '../agent/task.ts'
import type { Actor } from '../audit/event.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { TaskOutcome } from '../permission/permission.ts'

type Needs = Pick<Deps, 'clock' | 'commit' | 'tasks' | 'credentials' | 'agents' | 'status'>

/** The cause that a task's end is to the credentials issued under it. */
const cause = 'task'

/**
 * Ends a task, and with it every permission issued under it, in one commit. Ending it again, or
 * otherwise, is a conflict: the first end stands.
 *
 * @see permission-model.md, 2.7
 */
export async function endTask(
  needs: Needs,
  caller: Caller,
  task: TaskRecord,
  outcome: TaskOutcome,
): Promise<TaskRecord> {
  if (!(await mayEnd(needs, caller, task)))
    throw new ServiceError('not_found', 'there is no such task')
  return close(needs, caller.actor, task, outcome)
}

/** What time does to a task that nobody ended. */
export const expireTask = (needs: Needs, task: TaskRecord): Promise<TaskRecord> =>
  close(needs, 'service', task, 'expired')

async function close(
  needs: Needs,
  actor: Actor,
  task: TaskRecord,
  outcome: TaskState,
): Promise<TaskRecord> {
  const now = needs.clock()
  return needs.commit(
    [
      ...needs.tasks.end(task.id, outcome, now),
      ...needs.status.addCauseToAll({ taskId: task.id }, 'revocation', cause, now),
    ],
    [{ type: 'task.ended', actor, facts: { task: task.id, outcome } }],
    { ...task, state: outcome, endedAt: now },
  )
}

/** The root issuer's people, the named host, or an agent that holds a permission under the task. */
async function mayEnd(needs: Needs, caller: Caller, task: TaskRecord): Promise<boolean> {
  if (hasRole(caller, 'administrator', 'issuer')) return true
  if (caller.agent === undefined) return false
  const agent = await needs.agents.find(caller.agent)
  if (task.host !== null && agent?.did === task.host) return true
  // What was taken back from an agent gives it no say; once the task has ended all of it was.
  const state = task.state === 'open' ? 'active' : undefined
  const held = await needs.credentials.list(
    { taskId: task.id, agentId: caller.agent, state },
    { limit: 1 },
    needs.clock(),
  )
  return held.length > 0
}
