import { createHmac } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { expect, test } from 'vitest'
import { envelop, parseToken, signToken, verifyToken } from '../../src/credential/jose.ts'
import { parseDidDocument } from '../../src/did/document.ts'
import { fromBase64url, toBase64url, utf8 } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { algorithms } from '../../src/keys/algorithm.ts'
import { toJwk, toMultikey } from '../../src/keys/public-key.ts'
import { badge, needs, now, type Party, party, verdict } from '../parties.ts'

const encode = (json: unknown) =>
  toBase64url(utf8(typeof json === 'string' ? json : JSON.stringify(json)))

/** A compact token with any header and payload, signed by the party. */
async function forge(
  signer: Party,
  header: unknown,
  payload: unknown,
  finish: (signature: string) => string = (s) => s,
): Promise<JsonObject> {
  const input = `${encode(header)}.${encode(payload)}`
  return envelop(`${input}.${finish(toBase64url(await signer.signer.sign(utf8(input))))}`, 'vc+jwt')
}

const headerOf = ({ verificationMethod, signer }: Party, more: object = {}) => ({
  alg: algorithms[signer.publicKey.kind].jose,
  kid: verificationMethod,
  typ: 'vc+jwt',
  ...more,
})

test.each(['Ed25519', 'P-256', 'P-384'] as const)(
  'a vc+jwt by a %s key is authentic, and jose agrees',
  async (kind) => {
    const issuer = party(kind)
    const token = await signToken(badge(issuer), 'vc+jwt', issuer.verificationMethod, issuer.signer)
    const { payload } = await compactVerify(
      token,
      await importJWK(toJwk(issuer.signer.publicKey) as never, algorithms[kind].jose),
    )

    expect(await verdict(envelop(token, 'vc+jwt'))).toBe('authentic')
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(badge(issuer))
  },
)

test.each(['Ed25519', 'P-256', 'P-384'] as const)(
  'what jose signs with a %s key is authentic',
  async (kind) => {
    const issuer = party(kind)
    const key = await importJWK(issuer.jwk as never, algorithms[kind].jose)
    const token = await new CompactSign(utf8(JSON.stringify(badge(issuer))))
      .setProtectedHeader(headerOf(issuer))
      .sign(key)

    expect(await verdict(envelop(token, 'vc+jwt'))).toBe('authentic')
  },
)

test('A01 A02 A22 A23 A45 the key determines the algorithm, whatever the token says', async () => {
  const [ed, p256] = [party(), party('P-256')]
  const answers: Record<string, string> = {}
  for (const alg of ['none', 'None', 'NONE', 'nOnE', 'HS256', 'ES256', 'ES256K', 'RS256'])
    answers[alg] = await verdict(await forge(ed, headerOf(ed, { alg }), badge(ed)))
  const unsigned = await verdict(
    await forge(ed, headerOf(ed, { alg: 'none' }), badge(ed), () => ''),
  )
  const { x } = toJwk(ed.signer.publicKey)
  const macs = [
    Buffer.from(fromBase64url(x)!),
    Buffer.from(JSON.stringify(toJwk(ed.signer.publicKey))),
  ].map(async (secret) => {
    const input = `${encode(headerOf(ed, { alg: 'HS256' }))}.${encode(badge(ed))}`
    return verdict(
      envelop(
        `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
        'vc+jwt',
      ),
    )
  })

  expect(answers).toEqual(
    Object.fromEntries(Object.keys(answers).map((alg) => [alg, 'proof_unsupported'])),
  )
  expect([unsigned, ...(await Promise.all(macs))]).toEqual(Array(3).fill('proof_unsupported'))
  expect(await verdict(await forge(p256, headerOf(p256, { alg: 'EdDSA' }), badge(p256)))).toBe(
    'proof_unsupported',
  )
  // The fully-specified name (RFC 9864) means the same key and signature: both are accepted.
  expect(await verdict(await forge(ed, headerOf(ed, { alg: 'Ed25519' }), badge(ed)))).toBe(
    'authentic',
  )
})

test('A03 A04 A05 A08 A09 A40 a header that has unknown parts, or carries keys, is refused', async () => {
  const issuer = party()
  const attacker = party()
  const headers = [
    { jwk: toJwk(attacker.signer.publicKey) },
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/x' },
    { x5c: ['x'] },
    { crit: ['x'] },
    { crit: [] },
    { crit: ['alg'] },
    { b64: false },
    { b64: false, crit: ['b64'] },
    { zip: 'DEF' },
    { p2c: 2147483648 },
  ]

  const answers = await Promise.all(
    headers.map(async (more) =>
      verdict(await forge(issuer, headerOf(issuer, more), badge(issuer))),
    ),
  )

  expect(answers).toEqual(headers.map(() => 'proof_unsupported'))
})

test('A06 A07 kid must be a DID URL of the issuer', async () => {
  const [issuer, other] = [party(), party()]
  const kids = [
    '../../etc/passwd',
    "' OR 1=1--",
    '\u0000',
    'x'.repeat(10_000),
    '#key-1',
    other.verificationMethod,
  ]

  const answers = await Promise.all(
    kids.map(async (kid) => verdict(await forge(issuer, headerOf(issuer, { kid }), badge(issuer)))),
  )

  expect(answers).toEqual([...Array(5).fill('did_invalid'), 'signer_mismatch'])
})

test('kid may be the thumbprint of a key that the issuer lists', async () => {
  const [issuer, other] = [party('P-256'), party('P-256')]
  const by = async (signer: Party, named: Party) =>
    verdict(
      await forge(
        signer,
        headerOf(signer, {
          kid: await calculateJwkThumbprint(toJwk(named.signer.publicKey) as never),
        }),
        badge(issuer),
      ),
    )

  expect(await by(issuer, issuer)).toBe('authentic')
  expect(await by(other, other)).toBe('key_invalid')
  expect(await by(other, issuer)).toBe('signature_invalid')
})

test('a key that the DID document lists but another DID controls signs for nobody, however the token names it', async () => {
  const [issuer, listed] = [party(), party('P-256')]
  const judge = async (controller: string) => {
    const document: JsonObject = {
      id: issuer.did,
      assertionMethod: [
        {
          id: `${issuer.did}#key`,
          type: 'Multikey',
          controller,
          publicKeyMultibase: toMultikey(listed.signer.publicKey),
        },
      ],
    }
    const names = {
      url: `${issuer.did}#key`,
      thumbprint: await calculateJwkThumbprint(toJwk(listed.signer.publicKey) as never),
      none: undefined,
    }
    const answers: Record<string, string> = {}
    for (const [name, kid] of Object.entries(names)) {
      const token = parseToken(await signToken({}, 'JWT', kid, listed.signer), 'JWT')
      if (isRefusal(token)) throw new Error(token.detail)
      const resolveDid = async () => parseDidDocument(document, issuer.did)
      const own = { ...needs, resolveDid, budget: needs.budget }
      const flaw = await verifyToken(own, token, 'assertionMethod', issuer.did)
      answers[name] = flaw?.refused ?? 'good'
    }
    return answers
  }

  expect(await judge(issuer.did)).toEqual({ url: 'good', thumbprint: 'good', none: 'good' })
  expect(await judge(party().did)).toEqual({
    url: 'key_invalid',
    thumbprint: 'key_invalid',
    none: 'key_invalid',
  })
})

test('a member that no context defines is refused, even where a vocabulary would map it', async () => {
  const issuer = party()
  const contexts = [
    'https://www.w3.org/ns/credentials/v2',
    'https://www.w3.org/ns/credentials/examples/v2',
  ]
  const answers = []
  for (const more of [
    { unheardOf: 1 },
    { '@context': contexts, unheardOf: 1 },
    { jti: badge(issuer).id },
    { name: 'x' },
  ])
    answers.push(await verdict(await forge(issuer, headerOf(issuer), badge(issuer, more as never))))

  expect(answers).toEqual(['data_loss', 'data_loss', 'authentic', 'authentic'])
})

test('A11 A12 A36 header and payload are strict JSON', async () => {
  const issuer = party()
  const payload = JSON.stringify(badge(issuer))
  const doubled = payload.replace('{', '{"sub":"a","sub":"b",')
  const texts = [
    doubled,
    payload.replace('{', '{"__proto__":{"admin":true},'),
    `\ufeff${payload}`,
    `${payload} x`,
    payload.replace('{', '{"exp":1e400,'),
  ]

  const answers = await Promise.all(
    texts.map(async (text) => verdict(await forge(issuer, headerOf(issuer), text))),
  )
  const doubledHeader = await verdict(
    await forge(
      issuer,
      JSON.stringify(headerOf(issuer)).replace('{', '{"alg":"none",'),
      badge(issuer),
    ),
  )

  expect([...answers, doubledHeader]).toEqual(Array(6).fill('malformed'))
})

test('A14 A15 A16 A17 A18 registered claims are integers, in their time, and agree with the credential', async () => {
  const issuer = party()
  const second = now / 1000
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ exp: second + 1 }, 'authentic'],
    [{ exp: second }, 'expired'],
    [{ exp: second - 1 }, 'expired'],
    [{ nbf: second + 60 }, 'authentic'],
    [{ nbf: second + 61 }, 'not_yet_valid'],
    [{ iat: second }, 'authentic'],
    [{ iat: 99_999_999_999 }, 'not_yet_valid'],
    [{ exp: '2030' }, 'value_malformed'],
    [{ exp: -1 }, 'value_malformed'],
    [{ exp: null }, 'value_malformed'],
    [{ exp: [second + 10] }, 'value_malformed'],
    [{ iss: 'did:web:other.example' }, 'value_malformed'],
    [{ jti: 'urn:other' }, 'value_malformed'],
    [{ sub: 'did:web:other.example' }, 'value_malformed'],
    [{ iss: issuer.did, sub: issuer.did, jti: badge(issuer).id! }, 'authentic'],
    [{ vc: {} }, 'value_malformed'],
    [{ vp: {} }, 'value_malformed'],
  ]

  const answers = []
  for (const [claims] of cases)
    answers.push([
      claims,
      await verdict(await forge(issuer, headerOf(issuer), badge(issuer, claims))),
    ])

  expect(answers).toEqual(cases)
})

test('A19 A21 only typ vc+jwt is a credential', async () => {
  const issuer = party()
  const types = ['vp+jwt', 'kb+jwt', 'dc+sd-jwt', 'statuslist+jwt', 'at+jwt', 'JWT', undefined]

  const answers = await Promise.all(
    types.map(async (typ) =>
      verdict(await forge(issuer, headerOf(issuer, { typ }), badge(issuer))),
    ),
  )
  const wrongContent = await verdict(
    await forge(issuer, headerOf(issuer, { cty: 'vp' }), badge(issuer)),
  )

  expect([...answers, wrongContent]).toEqual(Array(8).fill('proof_purpose'))
})

test('A34 A39 a token has one spelling: padding, white space, other alphabets and JWS JSON are refused', async () => {
  const issuer = party()
  const token = await signToken(badge(issuer), 'vc+jwt', issuer.verificationMethod, issuer.signer)
  const [head, body, signature] = token.split('.') as [string, string, string]
  const spellings = [
    `${token}=`,
    `${token}==`,
    ` ${token}`,
    `${head}. ${body}.${signature}`,
    `${head}.${body}\n.${signature}`,
    `${head}.${body}\t.${signature}`,
    `${head}.${body}.${signature}+`,
    `${head}.${body}.${signature}/`,
    `${head}.${body}`,
    `${token}.x`,
    '',
  ]

  const answers = await Promise.all(
    spellings.map((spelling) => verdict(envelop(spelling, 'vc+jwt'))),
  )
  const json = await verdict({ payload: body, protected: head, signature } as JsonObject)

  expect(answers).toEqual(spellings.map(() => 'malformed'))
  expect(json).toBe('value_malformed')
})

test('A38 B43 input that is too large, or an envelope of another kind, is refused at once', async () => {
  const issuer = party()
  const token = await signToken(badge(issuer), 'vc+jwt', issuer.verificationMethod, issuer.signer)
  const good = envelop(token, 'vc+jwt')
  const cases = [
    { ...good, id: `data:application/vc+jwt,${'x'.repeat(10_000_000)}` },
    { ...good, id: `data:application/vp+jwt,${token}` },
    { ...good, id: `data:application/vc+jwt;base64,${token}` },
    { ...good, id: `data:application/vc+jwt,${JSON.stringify(good)}` },
    { ...good, credentialSubject: { id: 'did:web:evil.example' } },
  ]

  const answers = await Promise.all(cases.map((one) => verdict(one)))

  expect(answers).toEqual(['too_large', 'malformed', 'malformed', 'malformed', 'malformed'])
})
