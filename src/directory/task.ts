import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds, Seconds } from '../foundation/time.ts'
import type { TaskOutcome } from '../permission/permission.ts'

/** `expired`: nobody ended it in time. Every state except `open` is final. */
export type TaskState = 'open' | TaskOutcome | 'expired'

/** A task is (root issuer, id): permissions are issued under it and end with it. */
export interface TaskRecord {
  readonly id: Id
  readonly issuerId: Id
  readonly purpose: string
  /** The agent that the task is done for, which may end it. */
  readonly host: Did | null
  /** Agents that may request permissions under it; empty: any entitled agent. */
  readonly agents: readonly Id[]
  readonly state: TaskState
  readonly createdAt: Milliseconds
  readonly endsAt: Milliseconds
  readonly endedAt: Milliseconds | null
}

/** "On completion or after 24 hours, whichever comes first." */
export const taskLifetime = { default: 86_400, max: 86_400 } as const satisfies Record<
  string,
  Seconds
>

export interface TaskStore {
  find(id: Id): Promise<TaskRecord | undefined>
  list(
    filter: { readonly state?: TaskState | undefined },
    page: PageRequest,
  ): Promise<readonly TaskRecord[]>
  overdue(now: Milliseconds, limit: number): Promise<readonly Id[]>
  add(task: TaskRecord): Write
  /** Ends an open task. Fails the whole commit with `task_open` if it has ended. */
  end(id: Id, state: TaskState, at: Milliseconds): readonly Write[]
  /** Fails the whole commit with `task_open` unless the task is open at that moment. */
  mustBeOpen(id: Id): Write
}
