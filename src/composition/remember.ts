import type { Milliseconds, MonotonicClock } from '../foundation/time.ts'

/** What another node changed shows here within this time; what this one changed, at once. */
const memory: Milliseconds = 1_000

/** A value that is there at once while it is fresh. All who wait for a new one wait for the same. */
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
      // What was read before a change is not kept after it.
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
