import { expect, test } from 'vitest'
import { makeGathering } from '../../src/adapters/crypto/gather.ts'
import { makeNodeCrypto } from '../../src/adapters/crypto/node.ts'
import { generatePrivateJwk, signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { sodiumCheck } from '../../src/adapters/crypto/sodium.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'

const modes = {
  'nobody waits': makeNodeCrypto(() => false, 1),
  'others wait, and there is a core to spare': makeNodeCrypto(() => true, 1),
  'others wait, and there is none': makeNodeCrypto(() => true, 0),
}
const kinds: readonly KeyKind[] = ['Ed25519', 'P-256', 'P-384']

test.each(Object.keys(modes).flatMap((mode) => kinds.map((kind) => [mode, kind] as const)))(
  'while %s, a good signature of %s is good and an altered one is not',
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

test('what is gathered is done in one go and in order, and a failure is that of one alone', async () => {
  const gather = makeGathering()
  const done: number[] = []
  const work = (i: number) => () => {
    done.push(i)
    if (i === 1) throw new Error('of one')
    return i
  }

  const asked = [0, 1, 2].map((i) => gather(work(i)))
  await Promise.resolve()
  const before = [...done]
  const settled = await Promise.allSettled(asked)
  const later = await gather(work(3))

  expect(before).toEqual([])
  expect(done).toEqual([0, 1, 2, 3])
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(later).toBe(3)
})
