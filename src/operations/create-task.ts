import type { Caller } from '../agent/caller.ts'
import { type TaskRecord, taskLifetime } from '../agent/task.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { newId } from '../id.ts'
import type { Seconds } from '../time.ts'
import { findIssuer } from './find.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'commit' | 'tasks' | 'issuers' | 'settings'>

export interface TaskRequest {
  readonly purpose: string
  readonly host?: Did | null | undefined
  /** Name of the root issuer. */
  readonly issuer?: string | undefined
  readonly lifetimeSeconds?: Seconds | undefined
}

export async function createTask(
  needs: Needs,
  { actor }: Caller,
  request: TaskRequest,
): Promise<TaskRecord> {
  const { purpose, host = null, lifetimeSeconds = taskLifetime.default } = request
  const issuer = await findIssuer(needs, request.issuer ?? needs.settings.defaultIssuer)
  const now = needs.clock()
  const task: TaskRecord = {
    id: newId(now, needs.crypto.randomBytes),
    issuerId: issuer.id,
    purpose,
    host,
    state: 'open',
    createdAt: now,
    endsAt: now + lifetimeSeconds * 1000,
    endedAt: null,
  }
  return needs.commit(
    [needs.issuers.mustBeActive(issuer.id), needs.tasks.add(task)],
    [{ type: 'task.created', actor, facts: { task: task.id, purpose, issuer: issuer.id } }],
    task,
  )
}
