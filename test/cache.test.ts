import { expect, test } from 'vitest'
import { byteSize } from '../src/foundation/byte-size.ts'
import { makeCache, recall } from '../src/foundation/cache.ts'
import { makeMemory } from '../src/foundation/memory.ts'
import { monotonicClock } from '../src/foundation/time.ts'

const bounds = { entries: 100, bytes: 10_000, lifetime: 1_000, sizeOf: () => 850 }

function timed() {
  const at = { time: 0 }
  return { at, clock: monotonicClock(() => at.time) }
}

test('a cache stays within its bytes, and drops the oldest entry for the newest', () => {
  const cache = makeCache<number>(timed().clock, bounds)

  for (let i = 0; i < 30; i++) cache.set(`k${i % 10}${i}`, i)

  const { bytes, entries } = cache.usage
  expect(bytes).toBeLessThanOrEqual(10_000)
  expect([entries, cache.get('k00'), cache.get('k929')]).toEqual([9, undefined, 29])
})

test('a cache does not keep a value that alone is larger than an entry may be', () => {
  const cache = makeCache<string>(timed().clock, { ...bounds, entryBytes: 1_000, sizeOf: byteSize })

  cache.set('small', 'x')
  cache.set('large', 'x'.repeat(1_000))
  cache.set('small', 'x'.repeat(1_000))

  expect([cache.get('small'), cache.get('large'), cache.usage.bytes]).toEqual([
    undefined,
    undefined,
    0,
  ])
})

test('expired entries go without being asked for: at a sweep, and a few with each new entry', () => {
  const { at, clock } = timed()
  const [swept, busy] = [makeCache<number>(clock, bounds), makeCache<number>(clock, bounds)]
  swept.set('a', 1)
  for (let i = 0; i < 5; i++) busy.set(`old ${i}`, i)
  at.time = 2_000

  swept.sweep()
  for (let i = 0; i < 4; i++) busy.set(`new ${i}`, i)

  expect([swept.usage.entries, swept.usage.bytes, busy.usage.entries]).toEqual([0, 0, 4])
})

test('a clock that is set back makes nothing live longer', () => {
  const { at, clock } = timed()
  const cache = makeCache<number>(clock, bounds)
  at.time = 3_600_000
  cache.set('a', 1)

  at.time = 0
  const before = cache.get('a')
  at.time = 1_000
  const after = cache.get('a')

  expect([before, after]).toEqual([1, undefined])
})

test('a value read before a change is not cached after it', async () => {
  const cache = makeCache<string>(timed().clock, bounds)
  const told = Promise.withResolvers<string>()
  const cleared = Promise.withResolvers<string>()

  const first = recall(cache, 'key', () => told.promise)
  cache.delete('key')
  told.resolve('before the change')
  const answer = await first
  const second = recall(cache, 'key', () => cleared.promise)
  cache.clear()
  cleared.resolve('before the change')
  await second

  expect([answer, cache.get('key')]).toEqual(['before the change', undefined])
})

test('all caches together stay within their total, and report what they use', () => {
  const memory = makeMemory(timed().clock, 1_000_000)
  const lists = memory.cache<string>('foreign_lists', { entries: 10, lifetime: 1_000 })

  lists.set('a', 'x'.repeat(1_000))
  lists.get('a')
  lists.get('b')

  expect(Object.fromEntries(memory.usage())).toMatchObject({
    foreign_lists: { bytes: 2_176, entries: 1, maxBytes: 370_000, hits: 1, misses: 1 },
  })
  expect(() => memory.cache('foreign_lists', { entries: 1, lifetime: 1 })).toThrow('created twice')
})

test('the size of a value includes everything it refers to, once', () => {
  const shared = { text: 'x'.repeat(1_000) }

  expect(byteSize(new Uint8Array(5_000))).toBeGreaterThanOrEqual(5_000)
  expect(byteSize([shared, shared])).toBeLessThan(2_500)
  expect(byteSize(new Map([['a', shared]]))).toBeGreaterThan(2_000)
  expect(byteSize([[], {}, '', 0])).toBeLessThan(400)
  expect(byteSize({ list: new Array(10_000).fill({}) }, 1_000)).toBeGreaterThan(1_000)
})
