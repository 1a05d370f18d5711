import { expect, test } from 'vitest'
import { makeMemory } from '../../src/foundation/memory.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { makeRateLimit } from '../../src/http/rate-limit.ts'

test('the buckets of many strangers stay within their bytes, and full ones are dropped', () => {
  const at = { time: 0 }
  const clock = monotonicClock(() => at.time)
  const memory = makeMemory(clock, 1_000_000)
  const limit = makeRateLimit(clock, memory, { perSecond: 1, burst: 2 })

  for (let i = 0; i < 5_000; i++) limit(`stranger ${i}`)
  const filled = memory.usage().get('rate_limits')!
  const answers = [limit('a'), limit('a'), limit('a')]
  // Long enough for one that owes as much as it may.
  at.time = 4_000
  memory.sweep()

  expect(filled.bytes).toBeLessThanOrEqual(filled.maxBytes)
  expect(answers).toEqual([undefined, undefined, 1])
  expect(memory.usage().get('rate_limits')!.entries).toBe(0)
})
