import { toHex } from '../foundation/encoding.ts'
import { type Clock, replayMemory } from '../foundation/time.ts'
import type { Challenge } from '../presentation/challenge.ts'

const maxSpent = 1_000_000

/**
 * Remembers spent challenges for as long as any clock could accept them again. It refuses
 * challenges that it may have forgotten, and all when full.
 */
export function makeSpentChallenges(clock: Clock) {
  const spent = new Map<string, number>()
  let forgotten = 0
  const forget = () => {
    const mark = clock() - replayMemory
    for (const [key, expiresAt] of spent) {
      if (expiresAt > mark) continue
      spent.delete(key)
      forgotten = Math.max(forgotten, expiresAt)
    }
  }
  return {
    /** Whether the challenge was unspent until now. */
    add({ nonce, expiresAt }: Challenge): boolean {
      if (spent.size >= maxSpent) forget()
      const key = toHex(nonce)
      if (spent.has(key) || spent.size >= maxSpent || expiresAt <= forgotten) return false
      spent.set(key, expiresAt)
      return true
    },
  }
}
