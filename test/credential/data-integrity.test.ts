import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { parseProofs } from '../../src/credential/proof.ts'
import { verifyProofs } from '../../src/credential/verify-proofs.ts'
import { makeDidDocument, parseDidDocument } from '../../src/did/document.ts'
import { canonicalize } from '../../src/foundation/canonical.ts'
import {
  concatBytes,
  fromMultibase58,
  toBase64url,
  toMultibase58,
} from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { fromMultikey, toMultikey } from '../../src/keys/public-key.ts'
import { badge, needs, now, party, secure, verdict } from '../parties.ts'
import { haveVectors, vectorJson, vectorText } from '../vectors.ts'
import { world } from '../world.ts'

const change = (document: JsonObject, ...members: readonly JsonObject[]) =>
  Object.assign({}, document, ...members) as JsonObject
const withProof = (document: JsonObject, more: JsonObject) =>
  change(document, { proof: { ...(document.proof as JsonObject), ...more } })

test.each(['Ed25519', 'P-256'] as const)(
  'a credential secured with a %s key is authentic',
  async (kind) => {
    const issuer = party(kind)

    expect(await verdict(await secure(badge(issuer), issuer))).toBe('authentic')
  },
)

test.skipIf(!haveVectors)(
  'eddsa-jcs-2022: each step of the published example, and its signature, byte for byte',
  async () => {
    const step = (name: string) => vectorText(`vc-di-eddsa/eddsa-jcs-2022/${name}`).trim()
    const signed = vectorJson('vc-di-eddsa/eddsa-jcs-2022/signedJCS.json') as JsonObject & {
      proof: JsonObject
    }
    const { proof, ...document } = signed
    const { proofValue, ...options } = proof
    const keys = vectorJson('vc-di-eddsa/keyPair.json')
    const secret = fromMultibase58(keys.privateKeyMultibase ?? keys.secretKeyMultibase)!.slice(2)
    const key = fromMultikey(keys.publicKeyMultibase)!
    const signer = signerFromJwk({
      kty: 'OKP',
      crv: 'Ed25519',
      x: toBase64url(key.bytes),
      d: toBase64url(secret),
    })
    const hash = (text: string) =>
      Buffer.from(nodeCrypto.sha256(text) as Uint8Array).toString('hex')

    expect(canonicalize(document)).toBe(step('canonDocJCS.txt'))
    expect(canonicalize(options)).toBe(step('proofCanonJCS.txt'))
    expect(hash(canonicalize(document))).toBe(step('docHashJCS.txt'))
    expect(hash(canonicalize(options))).toBe(step('proofHashJCS.txt'))
    const digest = Buffer.from(step('proofHashJCS.txt') + step('docHashJCS.txt'), 'hex')
    expect(toMultibase58(await signer.sign(digest))).toBe(proofValue)
    const proofs = parseProofs(signed.proof)
    if (isRefusal(proofs)) throw new Error(proofs.detail)
    const did = (proof.verificationMethod as string).split('#')[0]!
    expect(
      await verifyProofs(needs, {
        document,
        proofs,
        relationship: 'assertionMethod',
        controller: did,
      }),
    ).toBeUndefined()
  },
)

test('B01 a proof for another purpose is refused', async () => {
  const issuer = party()

  expect(await verdict(await secure(badge(issuer), issuer, 'authentication'))).toBe('proof_purpose')
})

test('B02 a key that the DID document lists only for authentication signs no credential', async () => {
  const issuer = party()
  const did = 'did:web:acme.example'
  const json = makeDidDocument(did, [
    { fragment: 'k', key: issuer.signer.publicKey, relationships: ['authentication'] },
  ])
  const resolveDid = () => parseDidDocument(json, did)
  const own = { ...issuer, did, verificationMethod: `${did}#k` } as never as typeof issuer

  expect(await verdict(await secure(badge(own), own), { resolveDid })).toBe('key_not_authorized')
})

test('B03 B04 a stranger who names the victim as issuer, or claims its key, is refused', async () => {
  const [victim, attacker] = [party(), party()]
  const stolen = {
    ...attacker,
    verificationMethod: `${victim.did}#${toMultikey(attacker.signer.publicKey)}`,
  }

  expect(await verdict(await secure(badge(victim), attacker))).toBe('signer_mismatch')
  expect(await verdict(await secure(badge(victim), stolen))).toBe('key_invalid')
})

test('B05 B16 B18 anything but a proof of an accepted kind is refused', async () => {
  const issuer = party()
  const good = await secure(badge(issuer), issuer)
  const { proof: _, ...bare } = good
  const value = good.proof.proofValue as string
  const cases: readonly (readonly [JsonValue, string])[] = [
    [bare as JsonObject, 'proof_missing'],
    [change(good, { proof: null }), 'proof_missing'],
    [change(good, { proof: [] }), 'proof_missing'],
    [change(good, { proof: 'x' }), 'malformed'],
    [change(good, { proof: [[good.proof]] }), 'malformed'],
    [withProof(good, { type: 'Ed25519Signature2020' }), 'proof_unsupported'],
    [withProof(good, { cryptosuite: 'eddsa-rdfc-2099' }), 'proof_unsupported'],
    [withProof(good, { cryptosuite: 'ecdsa-jcs-2019' }), 'proof_unsupported'],
    [withProof(good, { proofValue: value.slice(1) }), 'proof_malformed'],
    [withProof(good, { proofValue: `u${value.slice(1)}` }), 'proof_malformed'],
    [withProof(good, { proofValue: `${value.slice(0, -1)}0` }), 'proof_malformed'],
    [withProof(good, { proofValue: ` ${value}` }), 'proof_malformed'],
    [withProof(good, { proofValue: toMultibase58(new Uint8Array(63).fill(1)) }), 'proof_malformed'],
    [withProof(good, { proofValue: toMultibase58(new Uint8Array(65).fill(1)) }), 'proof_malformed'],
    [withProof(good, { proofValue: toMultibase58(new Uint8Array(96).fill(1)) }), 'proof_malformed'],
    [withProof(good, { verificationMethod: null }), 'proof_malformed'],
    [
      withProof(good, {
        '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
      }),
      'proof_malformed',
    ],
  ]

  const answers = []
  for (const [document] of cases) answers.push([document, await verdict(document)])

  expect(answers).toEqual(cases)
})

test('B06 one bad proof in a set spoils the set', async () => {
  const issuer = party()
  const document = badge(issuer)
  const [one, two] = [await secure(document, issuer), await secure(document, issuer)]
  const bad = { ...two.proof, proofValue: toMultibase58(new Uint8Array(64).fill(9)) }

  expect(await verdict(change(document, { proof: [one.proof, two.proof] }))).toBe('authentic')
  expect(await verdict(change(document, { proof: [one.proof, bad] }))).toBe('signature_invalid')
  expect(await verdict(change(document, { proof: [bad, one.proof] }))).toBe('signature_invalid')
})

test('B03 B06 strangers’ proofs, however many and however good, do not replace the issuer’s', async () => {
  const [victim, one, two] = [party(), party(), party()]
  const document = badge(victim)
  const [first, second] = [await secure(document, one), await secure(document, two)]

  expect([
    await verdict(change(document, { proof: [first.proof] })),
    await verdict(change(document, { proof: [first.proof, second.proof] })),
    await verdict(change(document, { proof: [first.proof, first.proof] })),
  ]).toEqual(['signer_mismatch', 'proof_of_issuer_missing', 'proof_of_issuer_missing'])
})

/** A proof that covers those before it. */
async function chained(
  document: JsonObject,
  before: readonly JsonObject[],
  signer: ReturnType<typeof party>,
  id: string,
) {
  const previousProof = before.map((proof) => proof.id as string)
  const proof = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: signer.verificationMethod,
    proofPurpose: 'assertionMethod',
    id,
    previousProof,
  }
  const digest = concatBytes(
    (await nodeCrypto.sha256(canonicalize(proof))) as Uint8Array,
    (await nodeCrypto.sha256(canonicalize({ ...document, proof: before }))) as Uint8Array,
  )
  return { ...proof, proofValue: toMultibase58(await signer.signer.sign(digest)) } as JsonObject
}

test('B08 B09 B10 a proof chain is good only with all its links, without circles, and with the issuer', async () => {
  const [issuer, witness] = [party(), party()]
  const document = badge(issuer)
  const { proof } = await secureWithDataIntegrity(
    document,
    {
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: now,
    },
    issuer.signer,
    nodeCrypto,
  )
  const first = await (async () => {
    const options = {
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-jcs-2022',
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      id: 'urn:a',
    }
    const digest = concatBytes(
      (await nodeCrypto.sha256(canonicalize(options))) as Uint8Array,
      (await nodeCrypto.sha256(canonicalize(document))) as Uint8Array,
    )
    return { ...options, proofValue: toMultibase58(await issuer.signer.sign(digest)) } as JsonObject
  })()
  const second = await chained(document, [first], witness, 'urn:b')
  const self = await chained(document, [{ id: 'urn:c' }], witness, 'urn:c')

  expect(await verdict(change(document, { proof: [first, second] }))).toBe('authentic')
  expect(await verdict(change(document, { proof: [proof, second] }))).toBe('proof_malformed')
  expect(await verdict(change(document, { proof: [second] }))).toBe('signer_mismatch')
  expect(await verdict(change(document, { proof: [first, self] }))).toBe('proof_malformed')
  expect(await verdict(change(document, { proof: [first, { ...second, id: 'urn:a' }] }))).toBe(
    'proof_malformed',
  )
  // A circle that the first proof is not in itself.
  const [third, fourth] = [
    await chained(document, [second, { id: 'urn:f' }], witness, 'urn:e'),
    await chained(document, [{ id: 'urn:e' }], witness, 'urn:f'),
  ]
  const over = await chained(document, [third], issuer, 'urn:g')
  expect(await verdict(change(document, { proof: [over, third, fourth, second, first] }))).toBe(
    'proof_malformed',
  )
  const edited = { ...first, created: '2026-11-22T08:00:00Z' }
  expect(await verdict(change(document, { proof: [edited, second] }))).toBe('signature_invalid')
})

test('B11 B12 the times of a proof are checked', async () => {
  const issuer = party()
  const signedAt = async (options: JsonObject) => {
    const document = badge(issuer)
    const proof = {
      '@context': document['@context']!,
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-jcs-2022',
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      ...options,
    }
    const digest = concatBytes(
      (await nodeCrypto.sha256(canonicalize(proof))) as Uint8Array,
      (await nodeCrypto.sha256(canonicalize(document))) as Uint8Array,
    )
    return verdict(
      change(document, {
        proof: { ...proof, proofValue: toMultibase58(await issuer.signer.sign(digest)) },
      }),
    )
  }

  expect(await signedAt({ created: '2026-11-22T09:00:59Z' })).toBe('authentic')
  expect(await signedAt({ created: '2026-11-22T10:00:00Z' })).toBe('proof_expired')
  expect(await signedAt({ expires: '2026-11-22T09:00:00Z' })).toBe('proof_expired')
  expect(await signedAt({ created: '2026-11-22T08:59:00Z', expires: '2026-11-22T08:58:00Z' })).toBe(
    'proof_expired',
  )
  for (const created of ['2024-02-30T00:00:00Z', 'Jan 1 2024', '1', '2024-01-01T00:00:00', 5])
    expect(await signedAt({ created })).toBe('proof_malformed')
})

test('B19 any change of document or proof options is detected', async () => {
  const issuer = party()
  const good = await secure(badge(issuer), issuer)
  const text = JSON.stringify(good)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: text.length - 1 }),
      fc.integer({ min: 32, max: 126 }),
      async (at, code) => {
        const edited = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1)
        if (edited === text) return
        let json: JsonValue
        try {
          json = JSON.parse(edited)
        } catch {
          return
        }
        // A member that JSON.parse drops as a double, or white space, leaves the document as it was.
        if (canonicalize(json) === canonicalize(good)) return
        expect(await verdict(json)).not.toBe('authentic')
      },
    ),
    { numRuns: 400 },
  )
})

test('B22 B23 B26 B40 B41 B42 contexts, types, issuers and times that break the data model are refused', async () => {
  const issuer = party()
  const v2 = 'https://www.w3.org/ns/credentials/v2'
  const bad: readonly JsonObject[] = [
    { '@context': [v2, 'https://evil.example/context'] },
    { '@context': ['https://w3id.org/procura/v1', v2] },
    { '@context': v2 },
    { '@context': [v2, { issuer: 'https://evil.example/issuer' }] },
    { '@context': [v2, { '@base': null }] },
    { '@context': [v2, 7] },
    { type: 'Thing' },
    { type: [] },
    { issuer: null },
    { issuer: '' },
    { issuer: {} },
    { issuer: [issuer.did] },
    { issuer: 'fake-issuer' },
    { id: null },
    { id: 'has space' },
    { id: ['urn:a'] },
    { credentialSubject: {} },
    { credentialSubject: [] },
    { credentialSubject: { id: issuer.did, '@graph': [] } },
    { credentialSubject: { id: issuer.did, '@reverse': {} } },
    { '@included': [] },
    { validFrom: '2026-11-22T10:00:00Z', validUntil: '2026-11-22T09:00:00Z' },
    { validFrom: 'yesterday' },
    { credentialStatus: { id: 'urn:x' } },
    { evidence: [{}] },
    { termsOfUse: 'x' },
    { credentialSchema: { type: 'JsonSchema' } },
    { relatedResource: [{ id: 'https://a.example' }] },
    { name: { '@value': 'x', url: 'y' } },
  ]

  const answers = []
  for (const members of bad)
    answers.push([members, await verdict(await secure(badge(issuer, members), issuer))])

  expect(
    answers.filter(([, answer]) => answer !== 'value_malformed' && answer !== 'context_unknown'),
  ).toEqual([])
})

test('B20 a context appended after the signed ones must be known, and the verified document is without it', async () => {
  const w = await world()
  const v2 = 'https://www.w3.org/ns/credentials/v2'
  const credential = {
    '@context': [v2],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a', name: 'Ada' },
  }
  const { json } = await w.raw('POST', '/issuers/main/credentials/issue', { body: { credential } })
  const { proof, ...document } = json.verifiableCredential
  const appended = (...contexts: unknown[]) => ({
    ...document,
    '@context': [v2, ...contexts],
    proof,
  })
  const verify = async (verifiableCredential: object) => {
    const answer = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
    return [answer.json.verified, answer.json.reason, answer.json.verifiedDocument]
  }
  const unknown = [false, 'context_unknown', undefined]

  expect([
    await verify(appended()),
    await verify(appended('https://www.w3.org/ns/credentials/examples/v2')),
    await verify(appended('https://evil.example/context')),
    await verify(appended({ credentialSubject: 'https://evil.example/other' })),
    await verify(appended({ other: 'https://evil.example/other' })),
  ]).toEqual([[true, null, document], [true, null, document], unknown, unknown, unknown])
})
