import { gunzipSync, crc32 as nodeCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { webCompression } from '../../src/adapters/crypto/web.ts'
import { fromMultibase64url } from '../../src/foundation/encoding.ts'
import { setBit } from '../../src/status/bit-string.ts'
import { combineCrc32, crc32 } from '../../src/status/crc32.ts'
import { encodeList } from '../../src/status/encoded-list.ts'

const unpacked = (text: string) => new Uint8Array(gunzipSync(fromMultibase64url(text)!))

test('a list in blocks is one gzip member, whatever its length and however often it changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 100, 16_384, 16_385, 50_000, 100_000),
      fc.array(fc.array(fc.nat(), { maxLength: 20 }), { maxLength: 4 }),
      fc.boolean(),
      async (length, changes, areTold) => {
        let bits = new Uint8Array(length)
        let encoded = await encodeList(bits, nodeCompression)
        for (const change of changes) {
          const positions = change.map((position) => position % (8 * length))
          bits = bits.slice()
          for (const position of positions) setBit(bits, position)
          encoded = await encodeList(
            bits,
            nodeCompression,
            encoded,
            areTold ? positions : undefined,
          )
        }
        expect(unpacked(encoded.text)).toEqual(bits)
        expect(encoded.text).toBe((await encodeList(bits, nodeCompression)).text)
      },
    ),
    { numRuns: 40 },
  )
})

test('only changed blocks are compressed again', async () => {
  let compressed = 0
  const counting = {
    ...nodeCompression,
    deflateBlock(bytes: Uint8Array) {
      compressed++
      return nodeCompression.deflateBlock!(bytes)
    },
  }
  const bits = new Uint8Array(16_384 * 10)
  const first = await encodeList(bits, counting)
  const next = bits.slice()
  setBit(next, 8 * 16_384 * 3 + 5)

  await encodeList(next, counting, first)

  expect(compressed).toBe(10 + 1)
})

test('a runtime without full flush compresses the list as a whole', async () => {
  const bits = new Uint8Array(20_000).fill(0x11)

  expect(unpacked((await encodeList(bits, webCompression)).text)).toEqual(bits)
})

test('the CRC of two pieces follows from those of each', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      const whole = Uint8Array.of(...a, ...b)
      expect(crc32(whole)).toBe(nodeCrc32(whole))
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(nodeCrc32(whole))
    }),
  )
})
