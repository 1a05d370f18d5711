import { generateKeyPairSync, sign as openSslSign, verify as openSslVerify } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromDer, toDer } from '../../src/adapters/crypto/ecdsa-encoding.ts'
import { makeNodeCrypto } from '../../src/adapters/crypto/node.ts'
import { generatePrivateJwk, signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { sodiumCheck } from '../../src/adapters/crypto/sodium.ts'
import { makeGathering } from '../../src/adapters/event-loop/gather.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'

const modes = {
  'nobody waits': makeNodeCrypto(() => false, 1),
  'others wait, and there is a core to spare': makeNodeCrypto(() => true, 1),
  'others wait, and there is none': makeNodeCrypto(() => true, 0),
}
const kinds: readonly KeyKind[] = ['Ed25519', 'P-256', 'P-384']

test.each(Object.keys(modes).flatMap((mode) => kinds.map((kind) => [mode, kind] as const)))(
  'while %s, a good signature of %s verifies and an altered one does not',
  async (mode, kind) => {
    const crypto = modes[mode as keyof typeof modes]
    const { publicKey, sign } = signerFromJwk(generatePrivateJwk(kind))
    // More than are checked before libsodium is there, and more than threads take.
    const messages = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i & 255, i >> 8))
    const signatures = await Promise.all(messages.map(sign))
    const ask = (verify: typeof crypto.verify, by = 0) =>
      Promise.all(
        messages.map((message, i) => verify(publicKey, message, signatures[(i + by) % 300]!)),
      )

    expect(new Set(await ask(crypto.verify))).toEqual(new Set([true]))
    expect(new Set(await ask(crypto.verifyBeside))).toEqual(new Set([true]))
    expect(new Set(await ask(crypto.verify, 1))).toEqual(new Set([false]))
    expect(new Set(await ask(crypto.verifyBeside, 1))).toEqual(new Set([false]))
    await expect.poll(sodiumCheck).toBeTypeOf('function')
  },
)

test('gathered work is done in one go and in order; a failure is one item’s alone, or everybody’s', async () => {
  const done: (readonly number[])[] = []
  const gather = makeGathering<number, number>((asked) => {
    done.push(asked)
    if (asked.includes(9)) throw new Error('of all')
    return asked.map((one) => (one === 1 ? Promise.reject(new Error('of one')) : 10 * one))
  })

  const asked = [0, 1, 2].map(gather)
  await Promise.resolve()
  const before = [...done]
  const settled = await Promise.allSettled(asked)
  const later = await gather(3)
  const failed = await Promise.allSettled([9, 8].map(gather))

  expect(before).toEqual([])
  expect(done).toEqual([[0, 1, 2], [3], [9, 8]])
  expect(settled).toEqual([
    { status: 'fulfilled', value: 0 },
    { status: 'rejected', reason: new Error('of one') },
    { status: 'fulfilled', value: 20 },
  ])
  expect(later).toBe(30)
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test.each([32, 48])('r and s of %i bytes survive DER, whatever zeros they begin with', (half) => {
  const integer = fc
    .tuple(
      fc.integer({ min: 0, max: half - 1 }),
      fc.uint8Array({ minLength: half, maxLength: half }),
    )
    .map(([zeros, bytes]) => Uint8Array.from(bytes).fill(0, 0, zeros))

  fc.assert(
    fc.property(integer, integer, (r, s) => {
      const signature = Uint8Array.from([...r, ...s])

      expect(fromDer(toDer(signature), half)).toEqual(signature)
    }),
  )
})

test.each([
  ['P-256', 'sha256', 32],
  ['P-384', 'sha384', 48],
] as const)('the DER of %s is that of OpenSSL, byte for byte', (namedCurve, digest, half) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const messages = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i & 255, i >> 8))

  for (const message of messages.slice(0, namedCurve === 'P-256' ? 300 : 60)) {
    const der = openSslSign(digest, message, privateKey)
    const signature = fromDer(der, half)

    expect(Buffer.from(toDer(signature))).toEqual(der)
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(openSslVerify(digest, message, key, signature)).toBe(true)
  }
})
