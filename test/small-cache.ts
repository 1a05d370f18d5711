import { type BoundedCache, makeCache } from '../src/foundation/cache.ts'
import { monotonicClock } from '../src/foundation/time.ts'

/** For ten entries, each of which lives for a second of the given clock, or for as long as it is told. */
export const smallCache = <V>(read: () => number, lifetime = 1_000): BoundedCache<V> =>
  makeCache(monotonicClock(read), { entries: 10, bytes: 50_000_000, lifetime })
