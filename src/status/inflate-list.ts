import type { Budget } from '../foundation/budget.ts'
import type { Refusal } from '../foundation/refusal.ts'
import type { Compression } from './bit-string.ts'

/** 10⁸ entries. Nothing is inflated beyond that. */
export const maxListBytes = 12_500_000
/** Deflate expands a byte to at most this many (RFC 1951: 258 for every two bits). */
const maxRatio = 1032

/**
 * Inflates a status list within the budget of a request: reserves the most it may inflate to, and
 * returns the unused part.
 *
 * @returns undefined if it is not such a stream, or inflates to more than 12.5 MB.
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
