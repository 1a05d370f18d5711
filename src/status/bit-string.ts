/** Bit 0 is the left-most: the highest bit of the first byte (Bitstring Status List 1.0, 3.1). */
export const bitAt = (bits: Uint8Array, position: number): boolean =>
  (bits[position >> 3]! & (0x80 >> (position & 7))) !== 0

export function setBit(bits: Uint8Array, position: number): void {
  bits[position >> 3]! |= 0x80 >> (position & 7)
}

/**
 * The value of an entry of a Bitstring Status List: `size` bits from bit `index × size` on, highest
 * first. Undefined outside the list.
 */
export function bitstringValue(bits: Uint8Array, index: number, size: number): number | undefined {
  const start = index * size
  if (start + size > bits.length * 8) return undefined
  let value = 0
  for (let i = start; i < start + size; i++) {
    const bit = (bits[Math.floor(i / 8)]! >> (7 - (i % 8))) & 1
    value = value * 2 + bit
  }
  return value
}

/** Writes a value into an entry that is 0. */
export function setBitstringValue(
  bits: Uint8Array,
  index: number,
  size: number,
  value: number,
): void {
  for (let i = 0; i < size; i++) if ((value >> (size - 1 - i)) & 1) setBit(bits, index * size + i)
}

/**
 * The value of an entry of a Token Status List, whose first entry is in the lowest bits of the
 * first byte. Undefined outside the list.
 *
 * @param size 1, 2, 4 or 8.
 */
export function tokenValue(bytes: Uint8Array, index: number, size: number): number | undefined {
  const each = 8 / size
  const byte = bytes[Math.floor(index / each)]
  return byte === undefined ? undefined : (byte >> ((index % each) * size)) & (2 ** size - 1)
}

export function setTokenValue(bytes: Uint8Array, index: number, size: number, value: number): void {
  const each = 8 / size
  bytes[Math.floor(index / each)]! |= value << ((index % each) * size)
}

/** Bounded compression, provided by the runtime. Implementations are in adapters/crypto. */
export interface Compression {
  gzip(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * @returns undefined unless the input is exactly one gzip member (RFC 1952) with nothing behind
   *   it that inflates to at most `maxBytes`; it is never inflated further.
   */
  gunzip(
    bytes: Uint8Array,
    maxBytes: number,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** The zlib format (RFC 1950). */
  deflate(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * @returns undefined as `gunzip` does: exactly one stream, nothing after it, and no preset
   *   dictionary.
   */
  inflate(
    bytes: Uint8Array,
    maxBytes: number,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /**
   * Raw deflate (RFC 1951) ending with a full flush, so that such blocks can be joined in one
   * stream. Absent if the runtime lacks it.
   */
  deflateBlock?(bytes: Uint8Array): Uint8Array
}
