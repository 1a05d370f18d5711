import type { Memory } from '../foundation/memory.ts'
import type { MonotonicClock, Seconds } from '../foundation/time.ts'

export interface RateLimit {
  /**
   * Whether one more request may be made; if not, in how many seconds.
   *
   * @param cost how many ordinary requests this one weighs, 1 unless told; above the burst it counts as the burst.
   */
  (key: string, cost?: number): Seconds | undefined
  /** Takes what a request turned out to cost beside. A bucket may owe as much as it holds. */
  charge(key: string, tokens: number): void
}

interface Bucket {
  level: number
  at: number
}
/** Two numbers and an object around them. */
const bucketBytes = 80

/**
 * A bucket for each caller or address, and lane: it holds `burst` and fills at `perSecond`. A new one
 * pushes out the one that was used longest ago: whoever comes under many addresses does not push out
 * a bucket that is being emptied.
 */
export function makeRateLimit(
  clock: MonotonicClock,
  memory: Memory,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateLimit {
  // Whoever asks nothing for so long has a full bucket, even if it owed all that it may: it is as good as none.
  const lifetime = ((2 * burst) / perSecond) * 1000
  const buckets = memory.cache<Bucket>('rate_limits', {
    entries: 100_000,
    lifetime,
    sizeOf: () => bucketBytes,
  })
  const bucketOf = (key: string): Bucket => {
    const now = clock()
    const bucket = buckets.get(key) ?? { level: burst, at: now }
    bucket.level = Math.min(burst, bucket.level + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    buckets.set(key, bucket)
    return bucket
  }
  const take = (key: string, asked = 1): Seconds | undefined => {
    const cost = Math.min(asked, burst)
    const bucket = bucketOf(key)
    if (bucket.level >= cost) {
      bucket.level -= cost
      return undefined
    }
    return Math.max(1, Math.ceil((cost - bucket.level) / perSecond))
  }
  const charge = (key: string, tokens: number): void => {
    if (tokens === 0) return
    const bucket = bucketOf(key)
    bucket.level = Math.max(-burst, bucket.level - tokens)
  }
  return Object.assign(take, { charge })
}
