import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { type TaskRecord, taskLifetime } from '../../directory/task.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'
import { findIssuer } from '../common/find-visible.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'tasks' | 'agents' | 'issuers' | 'settings'>

export interface TaskRequest {
  readonly purpose: string
  readonly host?: Did | null | undefined
  /** The agents that may request permissions under it; if absent, any entitled agent. */
  readonly agents?: readonly Id[] | undefined
  /** Name of the root issuer. */
  readonly issuer?: string | undefined
  readonly lifetimeSeconds?: Seconds | undefined
}

export async function createTask(
  needs: Needs,
  { actor }: Caller,
  request: TaskRequest,
): Promise<Change<TaskRecord>> {
  const { purpose, host = null, agents = [], lifetimeSeconds = taskLifetime.default } = request
  for (const agent of agents)
    if (!(await needs.agents.find(agent)))
      throw new ServiceError('request_unprocessable', 'the task names an unknown agent')
  const issuer = await findIssuer(needs, request.issuer ?? needs.settings.defaultIssuer)
  const now = needs.clock()
  const task: TaskRecord = {
    id: newId(now, needs.crypto.randomBytes),
    issuerId: issuer.id,
    purpose,
    host,
    agents,
    state: 'open',
    createdAt: now,
    endsAt: now + lifetimeSeconds * 1000,
    endedAt: null,
  }
  return {
    writes: [needs.issuers.mustBeActive(issuer.id), needs.tasks.add(task)],
    events: [
      { type: 'task.created', actor, facts: { task: task.id, purpose, issuer: issuer.id, agents } },
    ],
    answer: task,
  }
}
