import type { Memory } from '../foundation/memory.ts'
import type { MonotonicClock, Seconds } from '../foundation/time.ts'

export interface RateLimit {
  /**
   * Whether another request may be made; if not, the number of seconds to wait.
   *
   * @param cost in ordinary requests, 1 by default; at most the burst.
   */
  (key: string, cost?: number): Seconds | undefined
  /** Charges a request's additional cost. A bucket may owe as much as it holds. */
  charge(key: string, tokens: number): void
}

interface Bucket {
  level: number
  at: number
}
/** Two numbers and an object around them. */
const bucketBytes = 80

/**
 * A bucket for each caller or address, and lane: it holds `burst` and fills at `perSecond`. A new
 * bucket evicts the least recently used one, so that a caller with many addresses does not evict a
 * bucket in use.
 */
export function makeRateLimit(
  clock: MonotonicClock,
  memory: Memory,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateLimit {
  // After this long without requests every bucket is full again, so it can be dropped.
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
