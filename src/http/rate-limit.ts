import type { Memory } from '../memory.ts'
import type { MonotonicClock, Seconds } from '../time.ts'

/** Whether one more request may be made; if not, in how many seconds. */
export type RateLimit = (key: string) => Seconds | undefined

interface Bucket {
  level: number
  at: number
}
/** Two numbers and an object around them. */
const bucketBytes = 80

/** A bucket for each caller and kind of route: it holds `burst` and fills at `perSecond`. */
export function makeRateLimit(
  clock: MonotonicClock,
  memory: Memory,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateLimit {
  // Whoever asks nothing for so long has a full bucket, which is as good as none.
  const lifetime = (burst / perSecond) * 1000
  const buckets = memory.cache<Bucket>('rate_limits', {
    entries: 100_000,
    lifetime,
    sizeOf: () => bucketBytes,
  })
  return (key) => {
    const now = clock()
    const bucket = buckets.get(key) ?? { level: burst, at: now }
    bucket.level = Math.min(burst, bucket.level + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    buckets.set(key, bucket)
    if (bucket.level >= 1) {
      bucket.level -= 1
      return undefined
    }
    return Math.max(1, Math.ceil((1 - bucket.level) / perSecond))
  }
}
