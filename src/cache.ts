import type { Clock, Milliseconds } from './time.ts'

/** A bounded memory of answers, each with an age at which it is forgotten. */
export interface Cache<V> {
  get(key: string): V | undefined
  /** @param lifetime for this entry, if not the cache's own. */
  set(key: string, value: V, lifetime?: Milliseconds): void
  delete(key: string): void
  /** How often something was found, and how often not, since the start. */
  readonly lookups: { readonly hits: number; readonly misses: number }
}

export function makeCache<V>(clock: Clock, maxEntries: number, lifetime: Milliseconds): Cache<V> {
  const entries = new Map<string, { readonly value: V; readonly until: Milliseconds }>()
  const lookups = { hits: 0, misses: 0 }
  return {
    lookups,
    get(key) {
      const entry = entries.get(key)
      if (entry && clock() < entry.until) {
        lookups.hits++
        return entry.value
      }
      lookups.misses++
      if (entry) entries.delete(key)
      return undefined
    },
    set(key, value, own = lifetime) {
      entries.delete(key)
      // A Map keeps the order of insertion: the first is the oldest.
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value!)
      entries.set(key, { value, until: clock() + own })
    },
    delete(key) {
      entries.delete(key)
    },
  }
}

/** What is remembered under the key, else what is loaded; what does not exist is asked for every time. */
export async function recall<V>(
  cache: Cache<V>,
  key: string,
  load: () => Promise<V | undefined>,
): Promise<V | undefined> {
  const remembered = cache.get(key)
  if (remembered) return remembered
  const found = await load()
  if (found) cache.set(key, found)
  return found
}
