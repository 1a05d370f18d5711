import { expect, test } from 'vitest'
import { didJwk, makeDidJwk, resolveDidJwk } from '../../src/did/methods/jwk.ts'
import { didKey } from '../../src/did/methods/key.ts'
import { makeResolver } from '../../src/did/resolve.ts'
import type { Did } from '../../src/did/syntax.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { toJwk } from '../../src/keys/public-key.ts'
import { flawOfRepetition } from '../../src/permission/chain.ts'
import { badge, needs, party, secure, verdict } from '../parties.ts'

const encode = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url')

test('a did:jwk is its key: one verification method, #0, for everything but key agreement', () => {
  for (const kind of ['Ed25519', 'P-256'] as const) {
    const { signer } = party(kind)
    const did = didJwk(signer.publicKey)

    const document = resolveDidJwk(did.slice('did:jwk:'.length))

    if (isRefusal(document)) throw new Error(document.detail)
    expect(document.json).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
      id: did,
      verificationMethod: [
        {
          id: `${did}#0`,
          type: 'JsonWebKey',
          controller: did,
          publicKeyJwk: toJwk(signer.publicKey),
        },
      ],
      authentication: [`${did}#0`],
      assertionMethod: [`${did}#0`],
      capabilityInvocation: [`${did}#0`],
      capabilityDelegation: [`${did}#0`],
    })
    expect(document.methods.get(`${did}#0`)?.key).toEqual(signer.publicKey)
  }
})

test('the example of the did:jwk specification resolves', () => {
  // https://github.com/quartzjer/did-jwk/blob/main/spec.md, the P-256 example.
  const did =
    'did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9'

  const document = resolveDidJwk(did.slice('did:jwk:'.length))

  expect(isRefusal(document)).toBe(false)
})

test('anything but a public key in strict JSON is refused', () => {
  const jwk = { ...toJwk(party().signer.publicKey) }
  const bad = [
    '',
    'not base64url!',
    encode('text'),
    encode([jwk]),
    encode({ ...jwk, d: 'AAAA' }),
    encode({ ...jwk, crv: 'X25519' }),
    encode({ ...jwk, use: 'enc' }),
    encode({ ...jwk, x: 'AAAA' }),
    encode({ kty: 'oct', k: 'AAAA' }),
    Buffer.from(`{"kty":"OKP","kty":"OKP","crv":"Ed25519","x":"${jwk.x}"}`).toString('base64url'),
    encode({ ...jwk, kid: 'x'.repeat(2000) }),
  ]

  expect(bad.map((identifier) => isRefusal(resolveDidJwk(identifier)))).toEqual(bad.map(() => true))
})

test('a credential signed by a did:jwk is authentic', async () => {
  const { signer } = party()
  const did = didJwk(signer.publicKey)
  const issuer = { ...party(), signer, did, verificationMethod: `${did}#0` }
  const resolveDid = makeResolver({ jwk: makeDidJwk() })

  const good = await secure(badge(issuer), issuer)

  expect([
    await verdict(good, { resolveDid }),
    await verdict({ ...good, id: 'urn:uuid:other' }, { resolveDid }),
    await verdict(good, { resolveDid: needs.resolveDid }),
  ]).toEqual(['authentic', 'signature_invalid', 'did_method_unsupported'])
})

test('G16 one key appears in a chain once, under whichever DID', () => {
  const { signer } = party()
  const jwk = toJwk(signer.publicKey)
  const names = [
    didKey(signer.publicKey),
    didJwk(signer.publicKey),
    `did:jwk:${encode({ x: jwk.x, kty: jwk.kty, crv: jwk.crv, kid: 'another' })}`,
  ] as Did[]

  for (const a of names)
    for (const b of names)
      expect(flawOfRepetition(['did:web:i', a, 'did:web:m', b])?.refused).toBe('subject_repeated')
})
