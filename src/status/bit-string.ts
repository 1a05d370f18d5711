/** Bit 0 is the left-most: the highest bit of the first byte (Bitstring Status List 1.0, 3.1). */
export const bitAt = (bits: Uint8Array, position: number): boolean =>
  (bits[position >> 3]! & (0x80 >> (position & 7))) !== 0

export function setBit(bits: Uint8Array, position: number): void {
  bits[position >> 3]! |= 0x80 >> (position & 7)
}

/** Compression with bounds, as a runtime provides it. Implementations are in adapters/crypto. */
export interface Compression {
  gzip(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
  /**
   * @returns undefined if the input is not gzip, or inflates to more than `maxBytes`: it is never
   *   inflated further than that.
   */
  gunzip(
    bytes: Uint8Array,
    maxBytes: number,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>
}
