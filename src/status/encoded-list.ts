import { concatBytes, toBase64url } from '../foundation/encoding.ts'
import type { Compression } from './bit-string.ts'
import { combineCrc32, crc32 } from './crc32.ts'

/**
 * A published list in separately compressed blocks: only changed blocks are compressed again.
 * Joined, they are one gzip member.
 */
export interface EncodedList {
  /** `u` and base64url: the `encodedList` of a Bitstring Status List. */
  readonly text: string
  readonly bits: Uint8Array
  readonly blocks: readonly EncodedBlock[]
}

interface EncodedBlock {
  /** Base64url of whole groups of three bytes, so that blocks join as text. */
  readonly text: string
  readonly crc: number
}

/** The size of the standard's smallest list, which is one block. */
const blockBytes = 16_384

/** An empty block (RFC 1951, 3.2.4), which pads to a multiple of three. */
const emptyBlock = Uint8Array.of(0, 0, 0, 0xff, 0xff)
/** RFC 1952: deflate, no name, no time, unknown system. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
/** The empty last block. */
const lastBlock = Uint8Array.of(3, 0)

/**
 * @param bits of the list. They are kept, so callers must copy before changing them.
 * @param before the same list as last published.
 * @param changed positions of all entries changed since; undefined: every block is compared.
 */
export async function encodeList(
  bits: Uint8Array,
  compression: Pick<Compression, 'gzip' | 'deflateBlock'>,
  before?: EncodedList,
  changed?: readonly number[],
): Promise<EncodedList> {
  const { deflateBlock } = compression
  if (!deflateBlock)
    return { text: `u${toBase64url(await compression.gzip(bits))}`, bits, blocks: [] }
  const touched = changed && new Set(changed.map((at) => Math.floor(at / (8 * blockBytes))))
  const blocks: EncodedBlock[] = []
  for (let i = 0; i * blockBytes < bits.length; i++) {
    const bytes = blockAt(bits, i)
    const known = before?.blocks[i]
    if (known && (touched ? !touched.has(i) : isSame(blockAt(before.bits, i), bytes)))
      blocks.push(known)
    else blocks.push({ text: toBase64url(inThrees(deflateBlock(bytes))), crc: crc32(bytes) })
  }
  const trailer = new DataView(new ArrayBuffer(8))
  trailer.setUint32(0, crcOf(blocks, bits.length), true)
  trailer.setUint32(4, bits.length, true)
  const end = concatBytes(lastBlock, new Uint8Array(trailer.buffer))
  const middle = blocks.map(({ text }) => text).join('')
  return { text: `u${toBase64url(inThrees(header))}${middle}${toBase64url(end)}`, bits, blocks }
}

const blockAt = (bits: Uint8Array, i: number): Uint8Array =>
  bits.subarray(i * blockBytes, (i + 1) * blockBytes)

/** Buffer compares many times faster than a loop; browsers and some Workers lack it. */
const native = globalThis.Buffer as typeof Buffer | undefined

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  return native ? native.compare(a, b) === 0 : a.every((byte, i) => byte === b[i])
}

function inThrees(bytes: Uint8Array): Uint8Array {
  let padded = bytes
  while (padded.length % 3 !== 0) padded = concatBytes(padded, emptyBlock)
  return padded
}

function crcOf(blocks: readonly EncodedBlock[], length: number): number {
  let whole = 0
  for (const [i, { crc }] of blocks.entries())
    whole = combineCrc32(whole, crc, Math.min(blockBytes, length - i * blockBytes))
  return whole
}
