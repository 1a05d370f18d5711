import type { TaskRecord, TaskStore } from '../../agent/task.ts'
import { makeCache, recall } from '../../cache.ts'
import type { Clock } from '../../time.ts'

/** A task ended on another node shows here within this time. */
const memory = { entries: 10_000, milliseconds: 1_000 } as const

/** Issuing asks for the same tasks again and again. Whether one is open is asked once more in the commit. */
export function rememberTasks(store: TaskStore, clock: Clock): TaskStore {
  const known = makeCache<TaskRecord>(clock, memory.entries, memory.milliseconds)
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    end(id, state, at) {
      known.delete(id)
      return store.end(id, state, at)
    },
  }
}
