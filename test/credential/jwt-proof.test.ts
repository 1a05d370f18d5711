import { expect, test } from 'vitest'
import { signToken } from '../../src/credential/jose.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { authenticatePresentation } from '../../src/presentation/authenticate-presentation.ts'
import { parsePresentation } from '../../src/presentation/parse-presentation.ts'
import { needs, now, party, verdict } from '../parties.ts'

/** JWTs of VCDM 1.1, whose claims and document say some things twice. */
const issuer = party()
const v1 = 'https://www.w3.org/2018/credentials/v1'
const vc = {
  '@context': [v1],
  type: ['VerifiableCredential'],
  credentialSubject: { role: 'reader' },
}
const claims = { iss: issuer.did, sub: 'did:example:a', nbf: now / 1000, jti: 'urn:a', vc }

const forge = async (payload: object): Promise<JsonObject> => ({
  proof: {
    type: 'JwtProof2020',
    jwt: await signToken(
      JSON.parse(JSON.stringify(payload)),
      'JWT',
      issuer.verificationMethod,
      issuer.signer,
    ),
  },
})

test('claims and document of a credential must agree', async () => {
  const subject = vc.credentialSubject
  const bad: readonly object[] = [
    { vc: 'x' },
    { iss: undefined },
    { iss: 5 },
    { vc: { ...vc, issuer: 'did:example:other' } },
    { vc: { ...vc, issuer: { id: 'did:example:other' } } },
    { vc: { ...vc, id: 'urn:b' } },
    { vc: { ...vc, credentialSubject: [subject, subject] } },
    { vc: { ...vc, credentialSubject: { ...subject, id: 'did:example:b' } } },
    { vp: {} },
    { nbf: undefined },
    { nbf: 'x' },
  ]
  const answers = []
  for (const more of bad) answers.push(await verdict(await forge({ ...claims, ...more })))

  expect(await verdict(await forge(claims))).toBe('authentic')
  expect(
    await verdict(
      await forge({ ...claims, vc: { ...vc, id: 'urn:a', issuer: { id: issuer.did, name: 'I' } } }),
    ),
  ).toBe('authentic')
  expect(answers).toEqual(bad.map(() => 'value_malformed'))
})

test('claims and document of a presentation must agree', async () => {
  const vp = { '@context': [v1], type: ['VerifiablePresentation'] }
  const judge = async (more: object) => {
    const parsed = parsePresentation(
      await forge({ iss: issuer.did, nonce: 'c', aud: ['d'], vp, ...more }),
    )
    const expected = { challenge: 'c', domain: 'd' }
    const result = isRefusal(parsed)
      ? parsed
      : await authenticatePresentation(needs, parsed, expected)
    return isRefusal(result) ? result.refused : 'authentic'
  }

  expect(await judge({})).toBe('authentic')
  expect(await judge({ vp: { ...vp, holder: issuer.did } })).toBe('authentic')
  expect(await judge({ vp: 'x' })).toBe('value_malformed')
  expect(await judge({ vc })).toBe('value_malformed')
  expect(await judge({ iss: undefined })).toBe('value_malformed')
  expect(await judge({ vp: { ...vp, holder: 'did:example:other' } })).toBe('value_malformed')
  expect(await judge({ aud: ['d', 'e'] })).toBe('domain_mismatch')
})
