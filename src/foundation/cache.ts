import { byteSize } from './byte-size.ts'
import type { Milliseconds, MonotonicClock } from './time.ts'

/** A cache bounded by number of entries and by bytes. Each entry expires. */
export interface BoundedCache<V> {
  get(key: string): V | undefined
  /**
   * Does not keep a value larger than an entry may be.
   *
   * @param lifetime of this entry, if not the cache's own.
   */
  set(key: string, value: V, lifetime?: Milliseconds): void
  delete(key: string): void
  clear(): void
  /** Removes expired entries. */
  sweep(): void
  /**
   * Rises with every `delete` and `clear`. Code that computes a value over time compares it with
   * the number at its start, so that a value computed before a change is not cached after it.
   */
  readonly generation: number
  readonly usage: CacheUsage
}

export interface CacheUsage {
  readonly bytes: number
  readonly entries: number
  readonly maxBytes: number
  /** Number of lookups that found something, and that did not, since the start. */
  readonly hits: number
  readonly misses: number
}

export interface CacheOptions<V> {
  readonly entries: number
  readonly bytes: number
  readonly lifetime: Milliseconds
  /** Largest entry that is kept; by default the size of the whole cache. */
  readonly entryBytes?: number
  /** Size of a value in bytes, if the estimate does not fit. */
  readonly sizeOf?: (value: V) => number
}

/** Lifetime of entries that never expire; no clock is read for them. */
export const forever: Milliseconds = Number.POSITIVE_INFINITY

/** Overhead of an entry besides key and value. */
const entryOverhead = 150
/**
 * Number of entries checked for expiry at each `set`: all are checked before as many again have
 * been added.
 */
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
      // A Map keeps insertion order, so the first entry is the oldest.
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
 * Returns the cached value, or loads it. Values that do not exist are not cached, nor values read
 * before a change.
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
