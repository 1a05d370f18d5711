import {
  type BoundedCache,
  type CacheOptions,
  type CacheUsage,
  forever,
  makeCache,
} from './cache.ts'
import { type MonotonicClock, monotonicClock } from './time.ts'

/**
 * All caches of a process, each with its share of the memory in percent. `voidable` entries depend
 * on keys, trust or rights that may end; `lasting` ones follow from their key alone, or are
 * compared with the current state on each use. docs/decisions/0013-memories.md describes what each
 * holds and who fills it.
 */
const caches = {
  authentic_credentials: [23, 'voidable'],
  foreign_lists: [37, 'lasting'],
  sessions: [6, 'voidable'],
  published_lists: [8, 'voidable'],
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
  overlays: [1, 'voidable'],
  status_volumes: [0.5, 'lasting'],
  status_lists: [0.5, 'lasting'],
  status_permutations: [2, 'lasting'],
  foreign_schemas: [1, 'voidable'],
  opened_keys: [2, 'voidable'],
  rate_limits: [2, 'lasting'],
} as const satisfies Record<string, readonly [share: number, kind: 'voidable' | 'lasting']>

export type CacheName = keyof typeof caches

/** All caches of a process, which together stay within the given bytes. */
export interface Memory {
  /** Each name is used once. */
  cache<V>(name: CacheName, options: Omit<CacheOptions<V>, 'bytes'>): BoundedCache<V>
  /** Clears everything that may be void after a key was compromised or a trust ended. */
  forgetVoidable(): void
  /** Removes all expired entries, including those that nobody asks for any more. */
  sweep(): void
  /** The same, unless it ran in the last seconds. Called per request where no timer runs. */
  sweepIfDue(): void
  /** Usage of each cache, including those of the process. */
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
      if (made.has(name)) throw new Error(`the cache ${name} is created twice`)
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

/**
 * Caches of values that follow from their key alone: shared by the whole process, and never void.
 */
const processCaches = new Map<ProcessCacheName, BoundedCache<unknown>>()
export type ProcessCacheName =
  | 'http_api_locations'
  | 'mcp_tool_locations'
  | 'a2a_skill_locations'
  | 'bound_keys'

/** Fixed bounds of a megabyte each, in addition to the configured memory. */
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

/** Defaults. The isolate of a Worker has 128 MB in total. */
export const defaultMemoryBytes = { process: 256_000_000, isolate: 32_000_000 } as const
