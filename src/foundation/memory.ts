import {
  type BoundedCache,
  type CacheOptions,
  type CacheUsage,
  forever,
  makeCache,
} from './cache.ts'
import { type MonotonicClock, monotonicClock } from './time.ts'

/**
 * Everything that a process remembers, and the hundredths of its memory that each may take. What is
 * `voidable` was found with keys, trust or rights that may end; what is `lasting` follows from its
 * key alone, or is compared with what is in force whenever it is used. docs/decisions/0013-memories.md
 * says of each what it holds and who fills it.
 */
const caches = {
  authentic_credentials: [23, 'voidable'],
  foreign_lists: [38, 'lasting'],
  sessions: [6, 'voidable'],
  published_lists: [8, 'lasting'],
  did_web_documents: [3, 'voidable'],
  did_web_refreshes: [0.5, 'voidable'],
  did_key_documents: [2, 'lasting'],
  did_jwk_documents: [1, 'lasting'],
  own_documents: [2, 'voidable'],
  identities: [1, 'voidable'],
  identity_keys: [0.5, 'voidable'],
  own_issuers: [0.5, 'voidable'],
  issuers: [0.5, 'voidable'],
  agents: [2, 'voidable'],
  agent_segments: [1, 'lasting'],
  api_keys: [1, 'voidable'],
  api_keys_in_emergency: [1, 'voidable'],
  tasks: [1, 'voidable'],
  status_volumes: [0.5, 'lasting'],
  status_lists: [0.5, 'lasting'],
  status_permutations: [2, 'lasting'],
  foreign_schemas: [1, 'voidable'],
  opened_keys: [2, 'voidable'],
  rate_limits: [2, 'lasting'],
} as const satisfies Record<string, readonly [share: number, kind: 'voidable' | 'lasting']>

export type CacheName = keyof typeof caches

/** All caches of a process: together they take no more bytes than were given to them. */
export interface Memory {
  /** A name is used once. */
  cache<V>(name: CacheName, options: Omit<CacheOptions<V>, 'bytes'>): BoundedCache<V>
  /** Empties whatever may be void after a key was compromised, or a trust ended. */
  forgetVoidable(): void
  /** Lets go of all that has expired: nothing stays because nobody asks for it any more. */
  sweep(): void
  /** The same, if the last time is some seconds ago: for each request where no timer runs. */
  sweepIfDue(): void
  /** Of each cache, those of the process among them. */
  usage(): ReadonlyMap<CacheName | ProcessCacheName, CacheUsage>
}

const sweepEvery = 5_000

export function makeMemory(clock: MonotonicClock, bytes: number): Memory {
  let swept = clock()
  const made = new Map<CacheName, BoundedCache<unknown>>()
  const sweep = () => {
    swept = clock()
    for (const cache of made.values()) cache.sweep()
  }
  return {
    cache<V>(name: CacheName, options: Omit<CacheOptions<V>, 'bytes'>) {
      if (made.has(name)) throw new Error(`the cache ${name} is made twice`)
      const share = caches[name][0] / 100
      const cache = makeCache<V>(clock, { ...options, bytes: bytes * share })
      made.set(name, cache as BoundedCache<unknown>)
      return cache
    },
    forgetVoidable() {
      for (const [name, cache] of made) if (caches[name][1] === 'voidable') cache.clear()
    },
    sweep,
    sweepIfDue() {
      if (clock() - swept >= sweepEvery) sweep()
    },
    usage: () => new Map([...made, ...processCaches].map(([name, { usage }]) => [name, usage])),
  }
}

/** Caches of what follows from its key alone: the same for everybody in a process, and never void. */
const processCaches = new Map<ProcessCacheName, BoundedCache<unknown>>()
export type ProcessCacheName =
  | 'http_api_locations'
  | 'mcp_tool_locations'
  | 'a2a_skill_locations'
  | 'bound_keys'

/** Their bounds are fixed, and few: a megabyte each, beside what is set. */
export function processCache<V>(
  name: ProcessCacheName,
  bounds: Omit<CacheOptions<V>, 'lifetime'>,
): BoundedCache<V> {
  const lifetime = forever
  const cache = makeCache<V>(
    monotonicClock(() => 0),
    { ...bounds, lifetime },
  )
  processCaches.set(name, cache as BoundedCache<unknown>)
  return cache
}

/** Where nothing else is set. The isolate of a Worker has 128 MB for all that it does. */
export const defaultMemoryBytes = { process: 256_000_000, isolate: 32_000_000 } as const
