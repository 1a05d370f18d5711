import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { utf8 } from '../../src/foundation/encoding.ts'
import { publicKeyOf } from '../../src/keys/private-jwk.ts'

/** The module asks the runtime once, so each test loads it anew. */
const load = async () => {
  vi.resetModules()
  return import('../../src/adapters/crypto/portable.ts')
}
const data = utf8('what is signed')

beforeEach(() => vi.resetModules())
afterEach(() => vi.restoreAllMocks())

/** As older browsers are: every operation with Ed25519 is refused. */
function takeEd25519Away() {
  const isEd25519 = (algorithm: unknown) =>
    algorithm === 'Ed25519' || (algorithm as { name?: string })?.name === 'Ed25519'
  for (const method of ['generateKey', 'importKey', 'sign', 'verify'] as const) {
    const original = crypto.subtle[method] as (...args: unknown[]) => Promise<unknown>
    vi.spyOn(crypto.subtle, method).mockImplementation(((...args: unknown[]) =>
      args.some(isEd25519)
        ? Promise.reject(new DOMException('unrecognized algorithm', 'NotSupportedError'))
        : original.apply(crypto.subtle, args)) as (typeof crypto.subtle)[typeof method])
  }
}

test.each(['Ed25519', 'P-256', 'P-384'] as const)(
  'WebCrypto signs with a new %s key, and Node verifies the signature',
  async (kind) => {
    const portable = await load()

    const jwk = await portable.generatePrivateJwk(kind)
    const signature = await portable.signerFromJwk(jwk).sign(data)

    expect(await nodeCrypto.verify(publicKeyOf(jwk), data, signature)).toBe(true)
    expect(await portable.portableCrypto.verify(publicKeyOf(jwk), data, signature)).toBe(true)
  },
)

test('where WebCrypto lacks Ed25519, @noble/ed25519 signs and verifies', async () => {
  takeEd25519Away()
  const portable = await load()

  const jwk = await portable.generatePrivateJwk('Ed25519')
  const signature = await portable.signerFromJwk(jwk).sign(data)
  const key = publicKeyOf(jwk)

  expect(await nodeCrypto.verify(key, data, signature)).toBe(true)
  expect(await portable.portableCrypto.verify(key, data, signature)).toBe(true)
  expect(await portable.portableCrypto.verify(key, utf8('another'), signature)).toBe(false)
})

test('where WebCrypto lacks Ed25519, it still signs with P-256', async () => {
  takeEd25519Away()
  const portable = await load()

  const jwk = await portable.generatePrivateJwk('P-256')
  const signature = await portable.signerFromJwk(jwk).sign(data)

  expect(await nodeCrypto.verify(publicKeyOf(jwk), data, signature)).toBe(true)
})

test('a JWK without a private part is no signer', async () => {
  const portable = await load()
  const { d: _, ...publicJwk } = await portable.generatePrivateJwk('Ed25519')

  expect(() => portable.signerFromJwk(publicJwk as typeof publicJwk & { d: string })).toThrow(
    'the JWK is not an Ed25519, P-256 or P-384 private key',
  )
})
