import type { CryptoProvider } from '../keys/signature.ts'

/**
 * Maps 0 … 2^bits − 1 onto itself: from slots, which count up, to positions, which reveal nothing.
 */
export interface Permutation {
  position(slot: number): number
  slot(position: number): number
}

const rounds = 10

/**
 * A keyed permutation of a list's index space: a Feistel network of ten rounds over the two halves
 * of the index, with round functions from tables drawn from SHA-256 of the seed. Positions look
 * random, never repeat, and need no record of those taken.
 *
 * @param bits size of the index space: 2 to 30.
 * @param seed 32 random bytes, different for each list.
 */
export async function makePermutation(
  bits: number,
  seed: Uint8Array,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<Permutation> {
  const lowBits = bits >> 1
  const highBits = bits - lowBits
  const lowMask = 2 ** lowBits - 1
  const highMask = 2 ** highBits - 1
  const tables: Uint16Array[] = []
  for (let round = 0; round < rounds; round++) {
    // Even rounds read the high half to change the low one; odd rounds the reverse.
    tables.push(await roundTable(round % 2 === 0 ? highMask + 1 : lowMask + 1, seed, round, crypto))
  }
  return {
    position(slot) {
      let high = slot >>> lowBits
      let low = slot & lowMask
      for (let round = 0; round < rounds; round++) {
        if (round % 2 === 0) low ^= tables[round]![high]! & lowMask
        else high ^= tables[round]![low]! & highMask
      }
      return high * (lowMask + 1) + low
    },
    slot(position) {
      let high = position >>> lowBits
      let low = position & lowMask
      for (let round = rounds - 1; round >= 0; round--) {
        if (round % 2 === 0) low ^= tables[round]![high]! & lowMask
        else high ^= tables[round]![low]! & highMask
      }
      return high * (lowMask + 1) + low
    },
  }
}

async function roundTable(
  length: number,
  seed: Uint8Array,
  round: number,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<Uint16Array> {
  const table = new Uint16Array(length)
  const input = new Uint8Array(seed.length + 5)
  input.set(seed)
  input[seed.length] = round
  const view = new DataView(input.buffer)
  for (let at = 0; at < length; at += 16) {
    view.setUint32(seed.length + 1, at)
    const block = await crypto.sha256(input)
    for (let i = 0; i < 16 && at + i < length; i++)
      table[at + i] = (block[2 * i]! << 8) | block[2 * i + 1]!
  }
  return table
}
