import type { Clock, Seconds } from '../time.ts'

/** Whether one more request may be made; if not, in how many seconds. */
export type RateLimit = (key: string) => Seconds | undefined

/** A bucket for each caller and kind of route: it holds `burst` and fills at `perSecond`. */
export function makeRateLimit(
  clock: Clock,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateLimit {
  const buckets = new Map<string, { level: number; at: number }>()
  const maxBuckets = 100_000
  return (key) => {
    const now = clock()
    const bucket = buckets.get(key) ?? { level: burst, at: now }
    // A clock that jumps back fills nothing.
    bucket.level = Math.min(burst, bucket.level + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    // A new key pushes out the one that was made longest ago; a full bucket is as good as none.
    if (!buckets.has(key) && buckets.size >= maxBuckets)
      buckets.delete(buckets.keys().next().value!)
    buckets.set(key, bucket)
    if (bucket.level >= 1) {
      bucket.level -= 1
      return undefined
    }
    return Math.max(1, Math.ceil((1 - bucket.level) / perSecond))
  }
}
