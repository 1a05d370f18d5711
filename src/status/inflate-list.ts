import type { Budget } from '../foundation/budget.ts'
import type { Refusal } from '../foundation/refusal.ts'
import type { Compression } from './bit-string.ts'

/** 10⁸ entries. What a text inflates to beyond that is never looked at. */
export const maxListBytes = 12_500_000
/** Deflate makes of a byte no more than so many (RFC 1951: 258 for each two bits, at best). */
const maxRatio = 1032

/**
 * Inflates a status list within the budget of a request: as much as may come of it is taken before,
 * and what did not come of it given back.
 *
 * @returns undefined if it is no such stream, or one of more than 12.5 MB.
 */
export async function inflateList(
  packed: Uint8Array,
  inflate: Compression['inflate'],
  budget: Budget,
): Promise<Uint8Array | Refusal | undefined> {
  const most = Math.min(maxListBytes, packed.length * maxRatio)
  const excess = budget.spend('inflatedBytes', most)
  if (excess) return excess
  const bits = await inflate(packed, most)
  if (bits) budget.restore('inflatedBytes', most - bits.length)
  return bits
}
