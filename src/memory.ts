import { type Cache, type CacheOptions, type CacheUsage, makeCache } from './cache.ts'
import type { MonotonicClock } from './time.ts'

/**
 * Everything that a process remembers, and what share of its memory each may take: hundredths. What
 * each holds, who fills it and what empties it stands in docs/decisions/0013-memories.md.
 */
const shares = {
  authentic_credentials: 23,
  foreign_lists: 40,
  sessions: 6,
  published_lists: 6,
  did_web_documents: 3,
  did_web_refreshes: 0.5,
  did_key_documents: 2,
  did_jwk_documents: 1,
  own_documents: 2,
  identities: 1,
  identity_keys: 0.5,
  own_issuers: 0.5,
  issuers: 0.5,
  agents: 2,
  agent_segments: 1,
  api_keys: 1,
  api_keys_in_emergency: 1,
  tasks: 1,
  status_volumes: 0.5,
  status_lists: 0.5,
  status_permutations: 2,
  foreign_schemas: 1,
  opened_keys: 2,
  rate_limits: 1,
} as const satisfies Record<string, number>

export type CacheName = keyof typeof shares

/** All caches of a process: together they take no more bytes than were given to them. */
export interface Memory {
  /** A name is used once. */
  cache<V>(name: CacheName, options: Omit<CacheOptions<V>, 'bytes'>): Cache<V>
  /** Lets go of all that has expired: nothing stays because nobody asks for it any more. */
  sweep(): void
  usage(): ReadonlyMap<CacheName, CacheUsage>
}

export function makeMemory(clock: MonotonicClock, bytes: number): Memory {
  const caches = new Map<CacheName, Cache<unknown>>()
  return {
    cache<V>(name: CacheName, options: Omit<CacheOptions<V>, 'bytes'>) {
      if (caches.has(name)) throw new Error(`the cache ${name} is made twice`)
      const made = makeCache<V>(clock, { ...options, bytes: (bytes * shares[name]) / 100 })
      caches.set(name, made as Cache<unknown>)
      return made
    },
    sweep() {
      for (const cache of caches.values()) cache.sweep()
    },
    usage: () => new Map([...caches].map(([name, { usage }]) => [name, usage])),
  }
}

/** Where nothing else is set. The isolate of a Worker has 128 MB for all that it does. */
export const defaultMemoryBytes = { process: 128_000_000, isolate: 32_000_000 } as const
