import { promisify } from 'node:util'
import {
  constants,
  deflate,
  deflateRawSync,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  inflate,
  inflateSync,
} from 'node:zlib'
import type { Compression } from '../../status/bit-string.ts'
import { gunzipOne, inflateOne } from './single-stream.ts'

const gzipLater = promisify(gzip)
const deflateLater = promisify(deflate)
const inflateLater = promisify<Uint8Array, Bounds, Buffer>(inflate)
const gunzipLater = promisify<Uint8Array, Bounds, Buffer>(gunzip)
/** Below this size, starting a thread costs more than inflating. */
const smallBytes = 65_536

/**
 * DecompressionStream in other runtimes refuses anything after a stream. Node's zlib accepts a
 * second gzip member, zeros after gzip, and anything after zlib, unless told not to.
 */
interface Bounds {
  readonly maxOutputLength: number
  readonly rejectGarbageAfterEnd: true
}

let streamEndsAreKnown: boolean | undefined

/** Older releases of Node ignore `rejectGarbageAfterEnd`. */
function knowsWhereStreamsEnd(): boolean {
  streamEndsAreKnown ??= refusesSecondMember()
  return streamEndsAreKnown
}

function refusesSecondMember(): boolean {
  const member = gzipSync('')
  const bounds: Bounds = { maxOutputLength: 1, rejectGarbageAfterEnd: true }
  try {
    gunzipSync(Buffer.concat([member, member]), bounds)
    return false
  } catch {
    return true
  }
}

const bounded =
  (
    now: (bytes: Uint8Array, bounds: Bounds) => Buffer,
    later: (bytes: Uint8Array, bounds: Bounds) => Promise<Buffer>,
    onOlderNode: (bytes: Uint8Array, maxOutputLength: number) => Uint8Array | undefined,
  ): Compression['gunzip'] =>
  async (bytes, maxOutputLength) => {
    const bounds: Bounds = { maxOutputLength, rejectGarbageAfterEnd: true }
    try {
      if (!knowsWhereStreamsEnd()) return onOlderNode(bytes, maxOutputLength)
      return bytes.length < smallBytes && maxOutputLength < smallBytes
        ? now(bytes, bounds)
        : await later(bytes, bounds)
    } catch {
      return undefined
    }
  }

export const nodeCompression: Compression = {
  gzip: (bytes) => gzipLater(bytes, { level: constants.Z_BEST_SPEED }),
  gunzip: bounded(gunzipSync, gunzipLater, gunzipOne),
  deflate: (bytes) => deflateLater(bytes),
  inflate: bounded(inflateSync, inflateLater, inflateOne),
  // Sparse random bits contain no repetition except runs of single bytes: looking only for runs is
  // the fastest, and compresses them better.
  deflateBlock: (bytes) =>
    deflateRawSync(bytes, { strategy: constants.Z_RLE, finishFlush: constants.Z_FULL_FLUSH }),
}
