import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { cryptosuiteNames, cryptosuites } from '../../src/credential/cryptosuite.ts'
import { addProof, secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { parseProofs } from '../../src/credential/proof.ts'
import { verifyProofs } from '../../src/credential/verify-proofs.ts'
import { fromMultibase58, toBase64url } from '../../src/foundation/encoding.ts'
import { isObject, type JsonObject, type JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { fromMultikey } from '../../src/keys/public-key.ts'
import { badge, needs, now, type Party, party, secure, verdict } from '../parties.ts'
import { haveVectors, vectorJson } from '../vectors.ts'

const v1 = 'https://www.w3.org/2018/credentials/v1'
const v2 = 'https://www.w3.org/ns/credentials/v2'
const examples = 'https://www.w3.org/ns/credentials/examples/v2'

type Name = (typeof cryptosuiteNames)[number]
const secureBy = (cryptosuite: Name, document: JsonObject, { verificationMethod, signer }: Party) =>
  secureWithDataIntegrity(
    document,
    { verificationMethod, proofPurpose: 'assertionMethod', created: now, cryptosuite },
    signer,
    nodeCrypto,
  )

const known = (issuer: Party, more: JsonObject = {}): JsonObject =>
  badge(issuer, { credentialSubject: { id: issuer.did, name: 'Reader' }, ...more })

const whole = cryptosuiteNames.filter((name) => cryptosuites[name].form !== 'sd')
const pairs = whole.flatMap((name) => cryptosuites[name].keys.map((kind) => [name, kind] as const))

test.each(pairs)(
  '%s with a %s key: what is secured is authentic, and what is altered is not',
  async (name, kind) => {
    const issuer = party(kind)
    const good = await secureBy(name, known(issuer), issuer)
    const altered = { ...good, credentialSubject: { id: issuer.did, name: 'Writer' } }
    const otherSuite = { ...good, proof: { ...good.proof, cryptosuite: 'ecdsa-jcs-2019' } }

    expect(await verdict(good)).toBe('authentic')
    expect(await verdict(altered)).toBe('signature_invalid')
    if (name !== 'ecdsa-jcs-2019') expect(await verdict(otherSuite)).not.toBe('authentic')
  },
)

/** The published examples are issued in the name of a URL: what is checked is the signature. */
async function flawOfVector(file: string): Promise<string> {
  const { proof, ...document } = vectorJson(`vc-di-eddsa/${file}`) as JsonObject
  const proofs = parseProofs(proof)
  if (isRefusal(proofs)) return proofs.refused
  const signer = proofs[0]!.verificationMethod.split('#')[0]!
  const flaw = await verifyProofs(needs, {
    document,
    proofs,
    relationship: 'assertionMethod',
    controller: signer,
  })
  return flaw?.refused ?? 'authentic'
}

test.skipIf(!haveVectors)(
  'the published examples of proof sets and proof chains are authentic',
  async () => {
    const files = [
      'eddsa-rdfc-2022/signedDataInt.json',
      'proof-set-chain/signedProofSet1.json',
      'proof-set-chain/signedProofSet2.json',
      'proof-set-chain/signedProofChain1.json',
      'proof-set-chain/signedProofChain2.json',
    ]

    expect(await Promise.all(files.map(flawOfVector))).toEqual(files.map(() => 'authentic'))
  },
)

test.skipIf(!haveVectors)(
  'eddsa-rdfc-2022: the published example is signed byte for byte',
  async () => {
    const { proof, ...document } = vectorJson('vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json')
    const keys = vectorJson('vc-di-eddsa/keyPair.json')
    const key = fromMultikey(keys.publicKeyMultibase)!
    const secret = fromMultibase58(keys.privateKeyMultibase ?? keys.secretKeyMultibase)!.slice(2)
    const signer = signerFromJwk({
      kty: 'OKP',
      crv: 'Ed25519',
      x: toBase64url(key.bytes),
      d: toBase64url(secret),
    })
    const options = {
      verificationMethod: proof.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: Date.parse(proof.created),
      cryptosuite: 'eddsa-rdfc-2022',
    } as const

    const signed = await secureWithDataIntegrity(document, options, signer, nodeCrypto)

    expect(signed.proof).toEqual(proof)
  },
)

test.each(['eddsa-jcs-2022', 'eddsa-rdfc-2022'] as const)(
  'B08 %s: proofs are added beside others and over others, and each verifies only with what it covers',
  async (cryptosuite) => {
    const [issuer, witness] = [party(), party()]
    const options = (by: Party, id: string, previousProof?: readonly string[]) => ({
      verificationMethod: by.verificationMethod,
      proofPurpose: 'assertionMethod' as const,
      created: now,
      cryptosuite,
      id,
      ...(previousProof ? { previousProof } : {}),
    })
    const first = await secureWithDataIntegrity(
      known(issuer),
      options(issuer, 'urn:a'),
      issuer.signer,
      nodeCrypto,
    )
    const set = await addProof(first, options(witness, 'urn:b'), witness.signer, nodeCrypto)
    const chain = await addProof(
      set,
      options(witness, 'urn:c', ['urn:a', 'urn:b']),
      witness.signer,
      nodeCrypto,
    )
    const [a, b, c] = chain.proof as readonly JsonObject[]
    const withProofs = (...proof: readonly JsonObject[]) => ({ ...chain, proof })

    expect(await verdict(set)).toBe('authentic')
    expect(await verdict(chain)).toBe('authentic')
    expect(await verdict(withProofs(c!, b!, a!))).toBe('authentic')
    expect(await verdict(withProofs(a!, c!))).toBe('proof_malformed')
    expect(
      await verdict(
        withProofs(a!, { ...b!, id: 'urn:d' }, { ...c!, previousProof: ['urn:a', 'urn:d'] }),
      ),
    ).toBe('signature_invalid')
    await expect(
      addProof(set, options(witness, 'urn:c', ['urn:z']), witness.signer, nodeCrypto),
    ).rejects.toMatchObject({ code: 'credential_malformed' })
  },
)

test('B25 B26 with RDF, a term that no context defines is refused, even when it was added after signing', async () => {
  const issuer = party()
  const good = await secureBy('eddsa-rdfc-2022', known(issuer), issuer)

  expect(await verdict({ ...good, unheardOf: 'x' })).toBe('data_loss')
  expect(await verdict({ ...good, type: ['VerifiableCredential', 'Unheard'] })).toBe('data_loss')
  expect(
    await verdict({ ...good, credentialSubject: { id: issuer.did, name: 'Reader', more: 1 } }),
  ).toBe('data_loss')
  await expect(
    secureBy('eddsa-rdfc-2022', known(issuer, { unheardOf: 'x' }), issuer),
  ).rejects.toMatchObject({ code: 'credential_malformed' })
})

test('with RDF, nothing that a verifier reads can be hidden by renaming it', async () => {
  const issuer = party()
  const status = {
    id: 'https://iam.example/status/1#7',
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '7',
    statusListCredential: 'https://iam.example/status/1',
  }
  const good = await secureBy(
    'eddsa-rdfc-2022',
    known(issuer, { credentialStatus: status, validUntil: '2026-11-22T10:00:00Z' }),
    issuer,
  )
  const { credentialStatus, validUntil, ...rest } = good as JsonObject
  const cred = 'https://www.w3.org/2018/credentials#'
  const renamed: readonly JsonObject[] = [
    { ...rest, validUntil: validUntil!, [`${cred}credentialStatus`]: credentialStatus! },
    {
      ...rest,
      validUntil: validUntil!,
      '@context': [v2, { cs: `${cred}credentialStatus` }],
      cs: credentialStatus!,
    },
    {
      ...rest,
      validUntil: validUntil!,
      '@context': [v2, { c: cred }],
      'c:credentialStatus': credentialStatus!,
    },
    {
      ...rest,
      credentialStatus: credentialStatus!,
      '@context': [
        v2,
        {
          ends: {
            '@id': `${cred}validUntil`,
            '@type': 'http://www.w3.org/2001/XMLSchema#dateTime',
          },
        },
      ],
      ends: validUntil!,
    },
  ]

  expect(await verdict(good)).toBe('authentic')
  // Refused also where whoever asks knows the contexts.
  const asked = (one: JsonObject) =>
    verdict(one, {
      knownContexts: (one['@context'] as JsonValue[]).filter(isObject),
    } as never)
  expect(await Promise.all(renamed.map(asked))).toEqual(renamed.map(() => 'data_loss'))
})

test('B21 with RDF, a proof needs no context of its own, and a different one is refused', async () => {
  const issuer = party()
  const good = await secureBy('eddsa-rdfc-2022', known(issuer), issuer)
  const withContext = (context: readonly string[]) => ({
    ...good,
    proof: { ...good.proof, '@context': context },
  })

  expect('@context' in good.proof).toBe(false)
  expect(await verdict(withContext([v2]))).toBe('authentic')
  expect(await verdict(withContext([v2, examples]))).toBe('proof_malformed')
})

test('B27 with RDF, an empty list in a permission differs from no list, null, and a list of null', async () => {
  const [issuer, holder] = [party(), party()]
  const permission = (more: JsonObject) => ({
    '@context': [v2, 'https://w3id.org/procura/v1'],
    type: ['VerifiableCredential', 'TaskPermissionCredential'],
    credentialSubject: { id: holder.did, permission: { grants: [{ id: 'g1', ...more }] } },
  })
  const good = await secureBy('eddsa-rdfc-2022', badge(issuer, permission({ actions: [] })), issuer)
  const others: readonly JsonObject[] = [
    {},
    { actions: null },
    { actions: [null] },
    { actions: ['x'] },
  ]

  expect(await verdict(good)).toBe('authentic')
  expect(
    await Promise.all(
      others.map((more) => verdict({ ...good, ...permission(more) } as JsonObject)),
    ),
  ).toEqual(others.map(() => 'signature_invalid'))
})

test('with RDF, status entries with the same id could be mixed, and are refused', async () => {
  const issuer = party()
  const entry = (statusPurpose: string, statusListIndex: string, id: string) => ({
    id,
    type: 'BitstringStatusListEntry',
    statusPurpose,
    statusListIndex,
    statusListCredential: 'https://iam.example/status/1',
  })
  const credentialStatus = (second: string) => [
    entry('revocation', '1', 'urn:a'),
    entry('suspension', '2', second),
  ]
  const secured = (second: string) =>
    secureBy(
      'eddsa-rdfc-2022',
      known(issuer, { credentialStatus: credentialStatus(second) }),
      issuer,
    )

  expect(await verdict(await secured('urn:b'))).toBe('authentic')
  await expect(secured('urn:a')).rejects.toMatchObject({ code: 'credential_malformed' })
})

test('B28 with RDF, order and repetition change nothing that is signed', async () => {
  const issuer = party()
  const good = (await secureBy(
    'eddsa-rdfc-2022',
    known(issuer, {
      '@context': [v2, examples],
      credentialSubject: { id: issuer.did, alumniOf: ['a', 'b'] },
    }),
    issuer,
  )) as JsonObject
  const other = { ...good, credentialSubject: { alumniOf: ['b', 'a', 'b'], id: issuer.did } }

  expect([await verdict(good), await verdict(other)]).toEqual(['authentic', 'authentic'])
})

test('a VCDM 1.1 credential is read, with its times', async () => {
  const issuer = party()
  const document: JsonObject = {
    '@context': [v1, 'https://w3id.org/security/data-integrity/v2'],
    id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
    type: ['VerifiableCredential'],
    issuer: issuer.did,
    issuanceDate: '2026-11-22T08:00:00Z',
    credentialSubject: { id: issuer.did },
  }
  const good = await secureBy('eddsa-rdfc-2022', document, issuer)
  const { issuanceDate: _, ...timeless } = document

  expect(await verdict(good)).toBe('authentic')
  expect(await verdict(await secureBy('eddsa-rdfc-2022', timeless, issuer))).toBe('value_malformed')
})

test('with JSON, contexts after those that the proof names are not signed, and not read', async () => {
  const issuer = party()
  const good = await secureBy('eddsa-jcs-2022', known(issuer), issuer)
  const more = { ...good, '@context': [v2, examples] }
  const before = { ...good, '@context': [examples, v2] }

  expect(await verdict(more)).toBe('authentic')
  expect(await verdict(before)).toBe('value_malformed')
})

test('B24 with RDF, two terms of a document’s own context cannot swap their values', async () => {
  const issuer = party()
  const payer = 'https://a.example/payer'
  const payee = 'https://a.example/payee'
  const own = { payer, payee }
  const document = badge(issuer, {
    '@context': ['https://www.w3.org/ns/credentials/v2', own],
    credentialSubject: { id: issuer.did, payer: 'Ada', payee: 'Bob' },
  })
  const good = await secureWithDataIntegrity(
    document,
    {
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: now,
      cryptosuite: 'eddsa-rdfc-2022',
    },
    issuer.signer,
    nodeCrypto,
  )
  const swapped = {
    ...good,
    '@context': ['https://www.w3.org/ns/credentials/v2', { payer: payee, payee: payer }],
    credentialSubject: { id: issuer.did, payer: 'Bob', payee: 'Ada' },
  }
  const asked = { knownContexts: [own] } as never

  // Over canonical JSON the context is signed as it stands.
  expect([
    await verdict(await secure(document, issuer)),
    await verdict(good),
    await verdict(swapped),
    await verdict(good, asked),
    await verdict(swapped, asked),
  ]).toEqual(['authentic', 'context_unknown', 'context_unknown', 'authentic', 'context_unknown'])
})
