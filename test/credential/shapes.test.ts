import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { deriveCredential } from '../../src/credential/ecdsa-sd-issue.ts'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { toBase64url, utf8 } from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { parsePresentation } from '../../src/presentation/parse-presentation.ts'
import { presentSdJwt } from '../../src/presentation/sd-jwt-presentation.ts'
import { badge, now, party, secure, verdict } from '../parties.ts'

const issuer = party()
const v2 = 'https://www.w3.org/ns/credentials/v2'
const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)

test('a credential that does not have the shape of the data model is refused, with the cause', async () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ '@context': [v2, ...many(16, v2)] }, 'too_large'],
    [{ '@context': [v2, 'https://example.com/unknown'] }, 'context_unknown'],
    [{ type: ['VerifiableCredential', ''] }, 'value_malformed'],
    [{ type: ['VerifiableCredential', 'Two words'] }, 'value_malformed'],
    [{ credentialSubject: { id: 'no url', name: 'x' } }, 'value_malformed'],
    [{ evidence: many(65, { type: 'Evidence' }) }, 'too_large'],
    [{ evidence: [{ type: 'Evidence', id: 'no url' }] }, 'value_malformed'],
    [{ issuer: 'https://issuer.example' }, 'did_method_unsupported'],
  ]
  const answers = []
  for (const [more] of cases)
    answers.push([more, await verdict(await secure(badge(issuer, more), issuer))])

  expect(answers).toEqual(cases)
  expect(await verdict('text')).toBe('malformed')
  expect(await verdict([])).toBe('malformed')
})

test('a malformed proof is refused, with the cause', async () => {
  const good = await secure(badge(issuer), issuer)
  const withProof = (more: object) => ({ ...good, proof: { ...good.proof, ...more } }) as JsonObject
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ ...good, proof: many(9, good.proof) }, 'too_large'],
    [withProof({ id: 5 }), 'proof_malformed'],
    [withProof({ challenge: 5 }), 'proof_malformed'],
    [withProof({ domain: 5 }), 'proof_malformed'],
    [withProof({ domain: [5] }), 'proof_malformed'],
    [withProof({ previousProof: 5 }), 'proof_malformed'],
  ]

  expect(await Promise.all(cases.map(async ([one]) => [one, await verdict(one)]))).toEqual(cases)
})

test('a token without algorithm, key or agreement, or around something already secured, is refused', async () => {
  const forge = async (header: object, payload: object = badge(issuer)) => {
    const input = [header, payload].map((part) => toBase64url(utf8(JSON.stringify(part)))).join('.')
    const signature = toBase64url(await issuer.signer.sign(utf8(input)))
    return verdict(envelop(`${input}.${signature}`, 'vc+jwt'))
  }
  const header = { alg: 'EdDSA', kid: issuer.verificationMethod, typ: 'vc+jwt' }

  expect(await forge(header)).toBe('authentic')
  expect(await forge({ ...header, iss: issuer.did })).toBe('authentic')
  expect(await forge({ ...header, iss: party().did })).toBe('signer_mismatch')
  expect(await forge({ ...header, alg: undefined })).toBe('proof_unsupported')
  expect(await forge({ ...header, kid: undefined })).toBe('proof_unsupported')
  expect(await forge(header, { ...badge(issuer), proof: {} })).toBe('proof_unsupported')
})

test('a malformed presentation is refused, with the cause', async () => {
  const credential = (await secure(badge(issuer), issuer)) as JsonObject
  const document = { '@context': [v2], type: ['VerifiablePresentation'], holder: issuer.did }
  const present = async (more: object = {}) =>
    (await secure({ ...document, ...more } as JsonObject, issuer, 'authentication')) as JsonObject
  const byToken = async (more: object) => {
    const claims = { ...document, nonce: 'c', aud: 'd', ...more } as JsonObject
    const token = await signToken(claims, 'vp+jwt', issuer.verificationMethod, issuer.signer)
    return envelop(token, 'vp+jwt')
  }
  const distinct = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ ...credential, id: `urn:${i}` }))
  const good = await present({ verifiableCredential: [credential] })
  const cases: readonly (readonly [JsonValue, string])[] = [
    ['text', 'malformed'],
    [{ ...good, proof: [good.proof!, good.proof!] }, 'proof_unsupported'],
    [await present({ holder: 'https://holder.example' }), 'value_malformed'],
    [await present({ verifiableCredential: ['text'] }), 'malformed'],
    [await present({ verifiableCredential: many(257, credential) }), 'too_large'],
    [await present({ verifiableCredential: distinct(33) }), 'too_large'],
    [await byToken({ proof: {} }), 'proof_unsupported'],
    [await byToken({ aud: 5 }), 'domain_mismatch'],
    [await byToken({ nonce: 5 }), 'challenge_mismatch'],
  ]
  const read = (one: JsonValue) => {
    const parsed = parsePresentation(one)
    return isRefusal(parsed) ? parsed.refused : parsed.credentials.length
  }

  expect([read(good), read(await byToken({}))]).toEqual([1, 0])
  expect(read(await present({ verifiableCredential: many(256, credential) }))).toBe(1)
  expect(cases.map(([one]) => [one, read(one)])).toEqual(cases)
})

test('a key binding for nobody, or by nobody, is refused, with the cause', async () => {
  const bind = async (claims: object, sub: JsonValue = issuer.did) => {
    const payload = { iss: issuer.did, vct: 'https://types.example/a', sub }
    const token = await signToken(payload, 'dc+sd-jwt', issuer.verificationMethod, issuer.signer)
    const bound = { aud: 'd', nonce: 'c', iat: now / 1000, ...claims } as JsonObject
    const keyBinding = await signToken(bound, 'kb+jwt', undefined, issuer.signer)
    const parsed = parsePresentation(envelop(`${token}~${keyBinding}`, 'dc+sd-jwt', 'presentation'))
    return isRefusal(parsed) ? parsed.refused : 'read'
  }

  expect(await bind({})).toBe('read')
  expect(await bind({ aud: ['d'] })).toBe('domain_mismatch')
  expect(await bind({ nonce: 5 })).toBe('challenge_mismatch')
  expect(await bind({}, 'https://holder.example')).toBe('value_malformed')
  const options = { challenge: 'c', domain: 'd', issuedAt: 0 }
  await expect(presentSdJwt({}, options, issuer.signer, nodeCrypto)).rejects.toThrow(TypeError)
})

test('input that would confuse selective disclosure, or is too large for it, is refused', async () => {
  const p256 = party('P-256')
  const secureSd = (subject: JsonObject) =>
    secureWithDataIntegrity(
      badge(p256, {
        '@context': [v2, 'https://www.w3.org/ns/credentials/examples/v2'],
        credentialSubject: { id: p256.did, ...subject },
      }),
      {
        verificationMethod: p256.verificationMethod,
        proofPurpose: 'assertionMethod',
        created: now,
        cryptosuite: 'ecdsa-sd-2023',
      },
      p256.signer,
      nodeCrypto,
    )
  const secured = await secureSd({ a: 'x' })

  expect(secured.proof.cryptosuite).toBe('ecdsa-sd-2023')
  await expect(secureSd({ a: 'urn:bnid:_c14n0' })).rejects.toMatchObject({
    code: 'credential_malformed',
    message: 'it names a urn:bnid:',
  })
  await expect(secureSd({ a: many(4100, 'x') })).rejects.toMatchObject({
    code: 'credential_malformed',
  })
  await expect(
    deriveCredential({ ...secured, x: 'urn:bnid:' }, ['/credentialSubject/a'], nodeCrypto),
  ).rejects.toMatchObject({ message: 'it names a urn:bnid:' })
})
