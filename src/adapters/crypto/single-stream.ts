import { inflateRawSync, inflateSync } from 'node:zlib'
import { crc32 } from '../../status/crc32.ts'

/**
 * Inflates exactly one stream, on releases of Node whose zlib reads on behind a stream's end. Both
 * throw if the stream is malformed or too long, and return undefined if anything follows it.
 */

interface Inflated {
  readonly buffer: Uint8Array
  /** `bytesWritten` is the length of the input that the stream took. */
  readonly engine: { readonly bytesWritten: number }
}

/** zlib format (RFC 1950). */
export function inflateOne(bytes: Uint8Array, maxOutputLength: number): Uint8Array | undefined {
  const { buffer, engine } = inflated(inflateSync(bytes, { maxOutputLength, info: true }))
  return engine.bytesWritten === bytes.length ? buffer : undefined
}

/** gzip format (RFC 1952): one member, and nothing after it. */
export function gunzipOne(bytes: Uint8Array, maxOutputLength: number): Uint8Array | undefined {
  const start = endOfHeader(bytes)
  if (start === undefined) return undefined
  const raw = bytes.subarray(start)
  const { buffer, engine } = inflated(inflateRawSync(raw, { maxOutputLength, info: true }))
  if (raw.length - engine.bytesWritten !== trailerLength) return undefined
  const trailer = new DataView(raw.buffer, raw.byteOffset + engine.bytesWritten, trailerLength)
  const isWhole =
    trailer.getUint32(0, true) === crc32(buffer) &&
    trailer.getUint32(4, true) === buffer.length % 2 ** 32
  return isWhole ? buffer : undefined
}

/** The types of Node do not say what `info: true` returns. */
const inflated = (result: object): Inflated => result as Inflated

/** CRC-32 and length of what was compressed. */
const trailerLength = 8
const fixedHeaderLength = 10
const flags = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/** Where the compressed data starts; undefined if this is not the header of a gzip member. */
function endOfHeader(bytes: Uint8Array): number | undefined {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
  if (!isGzip || bytes.length < fixedHeaderLength) return undefined
  const given = bytes[3]!
  if (given & flags.reserved) return undefined
  let at = fixedHeaderLength
  if (given & flags.extra) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256
  for (const flag of [flags.name, flags.comment])
    if (given & flag) {
      const end = bytes.indexOf(0, at)
      if (end < 0) return undefined
      at = end + 1
    }
  if (given & flags.headerChecksum) {
    const checksum = (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256
    if ((crc32(bytes.subarray(0, at)) & 0xffff) !== checksum) return undefined
    at += 2
  }
  return at <= bytes.length ? at : undefined
}
