import type { Actor } from '../../audit/event.ts'
import { requestOf } from '../../credential/issuance-basis.ts'
import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import type { TaskRecord, TaskState } from '../../directory/task.ts'
import type { TaskOutcome } from '../../permission/permission.ts'
import type { Change } from '../common/change.ts'
import { noTask } from '../common/find-visible.ts'
import { readEveryPage } from '../common/read-every-page.ts'

type Needs = Pick<Deps, 'clock' | 'tasks' | 'credentials' | 'agents' | 'status'>

/** Status cause of credentials whose task has ended. */
const cause = 'task'

/**
 * Ends a task and every permission issued under it, in one commit. The first end stands; ending the
 * task again is a conflict.
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

/** Ends a task that nobody ended in time. */
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
 * The root issuer's people may end it, the named host, and the subject of a root permission that an
 * issuer gave for this task, or that an agent named by the task requested. An agent that obtained a
 * permission under a task that does not name it, or holds a delegated one, does not end the task
 * for the others.
 */
async function mayEnd(needs: Needs, caller: Caller, task: TaskRecord): Promise<boolean> {
  if (hasRole(caller, 'administrator', 'issuer')) return true
  if (caller.agent === undefined) return false
  const agent = await needs.agents.find(caller.agent)
  if (task.host !== null && agent?.did === task.host) return true
  const isNamed = task.agents.includes(caller.agent)
  // A revoked permission gives an agent no say. Once the task has ended, all of them are revoked.
  const state = task.state === 'open' ? ('active' as const) : undefined
  const filter = { taskId: task.id, agentId: caller.agent, state }
  const held = await readEveryPage((page) => needs.credentials.list(filter, page, needs.clock()))
  return held.some(({ basis }) => basis === 'issuer' || (isNamed && requestOf(basis) !== undefined))
}
