import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { gunzipOne, inflateOne } from '../../src/adapters/crypto/single-stream.ts'

const limit = 4096
const refusal = (inflate: () => Uint8Array | undefined) => {
  try {
    return inflate()
  } catch {
    return undefined
  }
}
const asBuffer = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes)

/** A stream with something done to it: cut, followed by bytes or by another stream, or one byte changed. */
const treated = (stream: Uint8Array) =>
  fc.oneof(
    fc.constant(stream),
    fc.nat(stream.length).map((at) => stream.subarray(0, at)),
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((after) => Buffer.concat([stream, after])),
    fc.constant(Buffer.concat([stream, stream])),
    fc.tuple(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const changed = Uint8Array.from(stream)
      changed[at]! ^= mask
      return changed
    }),
  )
const contents = fc.uint8Array({ maxLength: 2 * limit })

test('A28 an older Node inflates the same gzip members as a newer one: exactly one, with nothing behind it', async () => {
  const streams = contents.chain((bytes) => treated(gzipSync(bytes)))

  await fc.assert(
    fc.asyncProperty(streams, async (stream) => {
      const newer = await nodeCompression.gunzip(stream, limit)
      const older = refusal(() => gunzipOne(stream, limit))

      expect(asBuffer(older)).toEqual(asBuffer(newer))
    }),
    { numRuns: 500 },
  )
})

test('A28 an older Node inflates the same zlib streams as a newer one: exactly one, with nothing behind it', async () => {
  const streams = contents.chain((bytes) => treated(deflateSync(bytes)))

  await fc.assert(
    fc.asyncProperty(streams, async (stream) => {
      const newer = await nodeCompression.inflate(stream, limit)
      const older = refusal(() => inflateOne(stream, limit))

      expect(asBuffer(older)).toEqual(asBuffer(newer))
    }),
    { numRuns: 500 },
  )
})

test('A28 an older Node reads the optional members of a gzip header', () => {
  const member = gzipSync('text')
  const flags = 4 + 8 + 16
  const header = Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3])
  const options = Buffer.from([2, 0, 9, 9, ...Buffer.from('name\0comment\0')])

  const read = gunzipOne(Buffer.concat([header, options, member.subarray(10)]), limit)

  expect(asBuffer(read)?.toString()).toBe('text')
})
