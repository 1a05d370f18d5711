import type { TaskRecord, TaskStore } from '../../../directory/task.ts'
import { recall } from '../../../foundation/cache.ts'
import { afterCommit } from '../../../foundation/database.ts'
import type { Memory } from '../../../foundation/memory.ts'

/** A task ended on another node is seen as ended within this time. */
const bounds = { entries: 10_000, lifetime: 1_000 } as const

/**
 * Issuing needs the same tasks again and again. The commit checks again whether the task is open.
 */
export function rememberTasks(store: TaskStore, memory: Memory): TaskStore {
  const known = memory.cache<TaskRecord>('tasks', bounds)
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    end: (id, state, at) => afterCommit(store.end(id, state, at), () => known.delete(id)),
  }
}
