import { byteSize } from './byte-size.ts'
import type { Milliseconds, MonotonicClock } from './time.ts'

/** A memory of answers, bounded by their number and by the bytes they take, each with an age at which it is forgotten. */
export interface BoundedCache<V> {
  get(key: string): V | undefined
  /**
   * Nothing is kept that alone is larger than an entry may be.
   *
   * @param lifetime for this entry, if not the cache's own.
   */
  set(key: string, value: V, lifetime?: Milliseconds): void
  delete(key: string): void
  clear(): void
  /** Lets go of all that has expired. */
  sweep(): void
  /**
   * Higher after each `delete` and `clear`. Whoever sets what took time to find compares it with what
   * it was at the beginning: what was begun before a change is not remembered after it.
   */
  readonly generation: number
  readonly usage: CacheUsage
}

export interface CacheUsage {
  readonly bytes: number
  readonly entries: number
  readonly maxBytes: number
  /** How often something was found, and how often not, since the start. */
  readonly hits: number
  readonly misses: number
}

export interface CacheOptions<V> {
  readonly entries: number
  readonly bytes: number
  readonly lifetime: Milliseconds
  /** Largest entry that is kept; without it, as much as all together. */
  readonly entryBytes?: number
  /** Bytes of a value, where an estimate of them does not do. */
  readonly sizeOf?: (value: V) => number
}

/** The lifetime of what is never old: no clock is asked for it. */
export const forever: Milliseconds = Number.POSITIVE_INFINITY

/** What an entry takes beside key and value. */
const entryOverhead = 150
/** So many entries are looked at whenever one is set: all of them before as many again have come. */
const sweptBySet = 2

export function makeCache<V>(clock: MonotonicClock, options: CacheOptions<V>): BoundedCache<V> {
  const { entryBytes = options.bytes, sizeOf = (value: V) => byteSize(value, entryBytes) } = options
  const entries = new Map<string, Entry<V>>()
  const counts = { bytes: 0, hits: 0, misses: 0, generation: 0 }
  let hand = entries.entries()

  const drop = (key: string, { size }: Entry<V>) => {
    entries.delete(key)
    counts.bytes -= size
  }
  const dropExpired = (most: number) => {
    const now = clock()
    for (let i = 0; i < most; i++) {
      const { value: entry, done } = hand.next()
      if (done) {
        hand = entries.entries()
        return
      }
      if (now >= entry[1].until) drop(...entry)
    }
  }
  const remove = (key: string) => {
    const entry = entries.get(key)
    if (entry) drop(key, entry)
  }
  return {
    get generation() {
      return counts.generation
    },
    get usage() {
      const { bytes, hits, misses } = counts
      return { bytes, entries: entries.size, maxBytes: options.bytes, hits, misses }
    },
    get(key) {
      const entry = entries.get(key)
      if (entry && (entry.until === forever || clock() < entry.until)) {
        counts.hits++
        return entry.value
      }
      counts.misses++
      if (entry) drop(key, entry)
      return undefined
    },
    set(key, value, lifetime = options.lifetime) {
      remove(key)
      dropExpired(sweptBySet)
      const size = sizeOf(value) + 2 * key.length + entryOverhead
      if (size > entryBytes || size > options.bytes) return
      // A Map keeps the order of insertion: the first is the oldest.
      for (const entry of entries) {
        if (entries.size < options.entries && counts.bytes + size <= options.bytes) break
        drop(...entry)
      }
      entries.set(key, { value, size, until: clock() + lifetime })
      counts.bytes += size
    },
    delete(key) {
      counts.generation++
      remove(key)
    },
    clear() {
      counts.generation++
      counts.bytes = 0
      entries.clear()
    },
    sweep() {
      hand = entries.entries()
      dropExpired(Number.POSITIVE_INFINITY)
    },
  }
}

interface Entry<V> {
  readonly value: V
  readonly size: number
  readonly until: Milliseconds
}

/**
 * What is remembered under the key, else what is loaded; what does not exist is asked for every time.
 * What was read before a change is not remembered after it.
 */
export async function recall<V>(
  cache: BoundedCache<V>,
  key: string,
  load: () => Promise<V | undefined>,
): Promise<V | undefined> {
  const remembered = cache.get(key)
  if (remembered) return remembered
  const begun = cache.generation
  const found = await load()
  if (found && cache.generation === begun) cache.set(key, found)
  return found
}
