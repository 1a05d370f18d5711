import type { Milliseconds, MonotonicClock } from '../foundation/time.ts'

/** A change on another node becomes visible within this time; one on this node at once. */
const memory: Milliseconds = 1_000

/** A fresh value is returned at once. Concurrent requests for a new one share the same load. */
export function remember<T>(
  clock: MonotonicClock,
  waitsForOthers: boolean,
  load: () => Promise<T>,
) {
  let known: { readonly value: T; readonly until: Milliseconds } | undefined
  let loading: Promise<T> | undefined
  let generation = 0
  const reload = async (): Promise<T> => {
    const begun = { generation, at: clock() }
    try {
      const value = await load()
      // A value read before a change is not cached after it.
      if (begun.generation === generation) known = { value, until: begun.at + memory }
      return value
    } finally {
      if (begun.generation === generation) loading = undefined
    }
  }
  return {
    get: (): T | Promise<T> => {
      if (known && clock() < known.until) return known.value
      if (!waitsForOthers) return reload()
      loading ??= reload()
      return loading
    },
    forget() {
      generation++
      known = undefined
      loading = undefined
    },
  }
}
