import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import * as sd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { decode, encode } from 'cborg'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { deriveCredential } from '../../src/credential/ecdsa-sd-issue.ts'
import {
  readBaseProofValue,
  readDerivedProofValue,
  writeBaseProofValue,
  writeDerivedProofValue,
} from '../../src/credential/ecdsa-sd-proof-value.ts'
import { makeBudget, workLimits } from '../../src/foundation/budget.ts'
import { concatBytes, fromMultibase64url, toMultibase64url } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { documentLoader } from '../digital-bazaar.ts'
import { badge, now, type Party, party, verdict } from '../parties.ts'
import { world } from '../world.ts'

const v2 = 'https://www.w3.org/ns/credentials/v2'
const examples = 'https://www.w3.org/ns/credentials/examples/v2'

const race = (issuer: Party): JsonObject =>
  badge(issuer, {
    '@context': [v2, examples],
    validUntil: '2027-11-22T08:00:00Z',
    credentialSubject: {
      id: issuer.did,
      sailNumber: 'Earth101',
      sails: [
        { size: '5', sailName: 'Kihei', year: 2023 },
        { size: '6', sailName: 'Lahaina', year: 2023 },
        { size: '7', sailName: 'Lahaina', year: 2020 },
      ],
      boards: [
        { boardName: 'CompFoil170', brand: 'Wailea' },
        { boardName: 'Kanaha Custom', brand: 'Wailea' },
      ],
    },
  })

const secureSd = (issuer: Party, mandatoryPointers: readonly string[] = []) =>
  secureWithDataIntegrity(
    race(issuer),
    {
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: now,
      cryptosuite: 'ecdsa-sd-2023',
      mandatoryPointers,
    },
    issuer.signer,
    nodeCrypto,
  )

test('ecdsa-sd-2023: the holder reveals what it chooses, and mandatory statements are always included', async () => {
  const issuer = party('P-256')
  const secured = await secureSd(issuer, ['/credentialSubject/sailNumber'])

  const derived = await deriveCredential(
    secured,
    ['/credentialSubject/sails/1', '/credentialSubject/boards/0/boardName'],
    nodeCrypto,
  )

  const { proof, ...revealed } = derived
  const { id, issuer: by, validFrom, validUntil, '@context': context, type } = race(issuer)
  expect(revealed).toEqual({
    '@context': context,
    id,
    type,
    issuer: by,
    validFrom,
    validUntil,
    credentialSubject: {
      id: issuer.did,
      sailNumber: 'Earth101',
      sails: [{ size: '6', sailName: 'Lahaina', year: 2023 }],
      boards: [{ boardName: 'CompFoil170' }],
    },
  })
  expect(await verdict(derived)).toBe('authentic')
  expect(await verdict(secured)).toBe('proof_malformed')
})

test('ecdsa-sd-2023: no mandatory statement can be removed, and none added or altered', async () => {
  const issuer = party('P-256')
  const derived = await deriveCredential(
    await secureSd(issuer),
    ['/credentialSubject/sails/1', '/credentialSubject/sails/2'],
    nodeCrypto,
  )
  const subject = derived.credentialSubject as JsonObject
  const proof = derived.proof as JsonObject
  const { validUntil: _, ...endless } = derived
  const value = (await readDerivedProofValue(proof.proofValue as string))!
  const withValue = async (more: Partial<typeof value>) => ({
    ...derived,
    proof: { ...proof, proofValue: await writeDerivedProofValue({ ...value, ...more }) },
  })

  const answers = await Promise.all(
    [
      endless as JsonObject,
      { ...derived, name: 'more' },
      { ...derived, credentialSubject: { ...subject, sailNumber: 'Moon1' } },
      { ...derived, validUntil: '2028-11-22T08:00:00Z' },
      withValue({ signatures: value.signatures.slice(1) }),
      withValue({ signatures: value.signatures.slice(0, -1) }),
      withValue({ signatures: [...value.signatures, value.signatures[0]!] }),
      withValue({ mandatoryIndexes: [...value.mandatoryIndexes, 999] }),
      withValue({ mandatoryIndexes: value.mandatoryIndexes.slice(1) }),
      withValue({ signatures: value.signatures.toReversed() }),
      withValue({
        labels: new Map(
          [...value.labels].map(([from], i, all) => [from, all[(i + 1) % all.length]![1]]),
        ),
      }),
    ].map(async (one) => verdict((await one) as JsonObject)),
  )

  expect(answers).toEqual(Array(11).fill('signature_invalid'))
})

test('ecdsa-sd-2023: a derived proof has exactly one form, to the byte', async () => {
  const issuer = party('P-256')
  const derived = await deriveCredential(
    await secureSd(issuer),
    ['/credentialSubject/sails/1'],
    nodeCrypto,
  )
  const proof = derived.proof as JsonObject
  const bytes = fromMultibase64url(proof.proofValue as string)!
  const parts = decode(bytes.subarray(3), { useMaps: true }) as unknown[]
  const rewritten = (at: number, part: unknown, prefix = [0xd9, 0x5d, 0x01]) => ({
    ...derived,
    proof: {
      ...proof,
      proofValue: toMultibase64url(
        concatBytes(
          Uint8Array.from(prefix),
          encode(parts.map((old, i) => (i === at ? part : old))),
        ),
      ),
    },
  })
  const label = new Uint8Array(32).fill(7)
  const bad = [
    rewritten(-1, 0, [0xd9, 0x5d, 0x00]),
    rewritten(0, new Uint8Array(63)),
    rewritten(1, new Uint8Array(34)),
    rewritten(2, 'x'),
    rewritten(3, []),
    rewritten(3, new Map([[-1, label]])),
    rewritten(3, new Map([[0, new Uint8Array(31)]])),
    rewritten(
      3,
      new Map([
        [0, label],
        [1, label],
      ]),
    ),
    rewritten(4, [0, 0]),
    rewritten(4, [-1]),
    { ...derived, proof: { ...proof, proofValue: 'u2V0B' } },
    { ...derived, proof: { ...proof, proofValue: `z${String(proof.proofValue).slice(1)}` } },
  ]

  expect(await verdict(rewritten(-1, 0))).toBe('authentic')
  expect(await Promise.all(bad.map((one) => verdict(one as JsonObject)))).toEqual(
    bad.map(() => 'proof_malformed'),
  )
})

test('ecdsa-sd-2023: nothing that a verifier reads can be renamed or mixed', async () => {
  const issuer = party('P-256')
  const entry = (id: string) => ({
    id,
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '1',
    statusListCredential: 'https://iam.example/status/1',
  })
  const secure = (...ids: readonly string[]) =>
    secureWithDataIntegrity(
      { ...race(issuer), credentialStatus: ids.map(entry) },
      {
        verificationMethod: issuer.verificationMethod,
        proofPurpose: 'assertionMethod',
        created: now,
        cryptosuite: 'ecdsa-sd-2023',
      },
      issuer.signer,
      nodeCrypto,
    )
  const derive = async (...ids: readonly string[]) =>
    deriveCredential(await secure(...ids), ['/credentialSubject/sails/1'], nodeCrypto)
  const good = await derive('urn:a')
  const { credentialStatus, ...rest } = good

  expect(await verdict(good)).toBe('authentic')
  expect(
    await verdict({
      ...rest,
      'https://www.w3.org/2018/credentials#credentialStatus': credentialStatus!,
    }),
  ).toBe('data_loss')
  expect(await verdict(await derive('urn:a', 'urn:a'))).toBe('data_loss')
})

test('ecdsa-sd-2023 works both ways between this project and @digitalbazaar', async () => {
  const issuer = party('P-256')
  const date = new Date(now)
  const pair = await EcdsaMultikey.fromJwk({
    jwk: { ...issuer.jwk },
    secretKey: true,
    id: issuer.verificationMethod,
    controller: issuer.did,
  })
  const selectivePointers = ['/credentialSubject/sails/0', '/credentialSubject/boards/1']
  const derivingSuite = () =>
    new DataIntegrityProof({ cryptosuite: sd.createDiscloseCryptosuite({ selectivePointers }) })
  const verifyingSuite = () => new DataIntegrityProof({ cryptosuite: sd.createVerifyCryptosuite() })
  const theirs = await vc.issue({
    credential: structuredClone(race(issuer)),
    suite: new DataIntegrityProof({
      signer: pair.signer(),
      date,
      cryptosuite: sd.createSignCryptosuite({ mandatoryPointers: ['/issuer', '/validUntil'] }),
    }),
    documentLoader,
  })
  const ours = await secureSd(issuer, ['/credentialSubject/sailNumber'])
  const open = await vc.issue({
    credential: structuredClone(race(issuer)),
    suite: new DataIntegrityProof({
      signer: pair.signer(),
      date,
      cryptosuite: sd.createSignCryptosuite(),
    }),
    documentLoader,
  })
  await expect(deriveCredential(open, [], nodeCrypto)).rejects.toMatchObject({
    message: 'the pointers select nothing to reveal',
  })
  const theirsOfTheirs = await vc.derive({
    verifiableCredential: structuredClone(theirs),
    suite: derivingSuite(),
    documentLoader,
  })
  const theirsOfOurs = await vc.derive({
    verifiableCredential: structuredClone(ours),
    suite: derivingSuite(),
    documentLoader,
  })
  const oursOfTheirs = await deriveCredential(theirs, selectivePointers, nodeCrypto)
  const oursOfOurs = await deriveCredential(ours, selectivePointers, nodeCrypto)

  for (const derived of [theirsOfTheirs, theirsOfOurs, oursOfTheirs, oursOfOurs]) {
    expect(await verdict(derived)).toBe('authentic')
    const result = await vc.verifyCredential({
      credential: structuredClone(derived),
      suite: verifyingSuite(),
      documentLoader,
      now: date,
    })
    expect(result.error?.errors?.map(String) ?? []).toEqual([])
    expect(result.verified).toBe(true)
  }
})

test('POST /credentials/derive derives a credential; pointers to nothing and other credentials are 400', async () => {
  const w = await world()
  await w.raw('POST', '/issuers', { body: { name: 'sd', mechanism: 'ecdsa-sd-2023' } })
  const credential = {
    '@context': [v2, examples],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a', secret: 's', open: 'o' },
  }
  const issue = (issuer: string, mandatoryPointers?: readonly string[]) =>
    w.raw('POST', `/issuers/${issuer}/credentials/issue`, {
      body: { credential, options: { mandatoryPointers } },
    })
  const derive = (verifiableCredential: object, ...selectivePointers: readonly string[]) =>
    w.raw('POST', '/credentials/derive', {
      body: { verifiableCredential, options: { selectivePointers } },
    })
  const issued = await issue('sd', ['/credentialSubject/id'])
  const base = issued.json.verifiableCredential

  const derived = await derive(base, '/credentialSubject/open')
  const verified = await w.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: derived.json.verifiableCredential },
  })
  const whole = (await issue('main')).json.verifiableCredential

  expect([issued.status, derived.status, verified.status, verified.json.decision]).toEqual([
    201,
    200,
    200,
    'allow',
  ])
  expect(derived.json.verifiableCredential.credentialSubject).toEqual({
    id: 'did:example:a',
    open: 'o',
  })
  expect(derived.json.verifiableCredential.credentialStatus).toHaveLength(2)
  expect([
    (await issue('sd', ['/nothing'])).status,
    (await issue('sd', ['nothing'])).status,
    (await issue('main', ['/issuer'])).status,
    (await derive(base, '/credentialSubject/none')).status,
    (await derive(whole, '/issuer')).status,
    (await derive({ ...base, proof: { ...base.proof, proofValue: 'u2V0A' } }, '/issuer')).status,
  ]).toEqual([400, 400, 400, 400, 400, 400])
})

test('a proof names at most 128 different pointers of at most 512 characters, whoever made it', async () => {
  const w = await world()
  const issuer = party('P-256')
  const secured = await secureSd(issuer)
  const proof = secured.proof as JsonObject
  const base = (await readBaseProofValue(proof.proofValue as string))!
  const derive = async (mandatoryPointers: readonly string[], selectivePointers = ['/issuer']) => {
    const proofValue = await writeBaseProofValue({ ...base, mandatoryPointers })
    const { status, json } = await w.raw('POST', '/credentials/derive', {
      body: {
        verifiableCredential: { ...secured, proof: { ...proof, proofValue } },
        options: { selectivePointers },
      },
    })
    return [status, json.detail]
  }
  const all = [...base.mandatoryPointers]
  const many = Array.from({ length: 129 }, (_, i) => `/credentialSubject/sails/${i}`)

  const answers = {
    asIssued: await derive(all),
    tooMany: await derive(many),
    tooLong: await derive([...all, `/${'a'.repeat(512)}`]),
    twice: await derive([...all, all[0]!]),
    noPointer: await derive([...all, 'issuer']),
    tooManyAsked: await derive(all, many),
    twiceAsked: await derive(all, ['/id', '/id']),
  }

  expect(answers).toEqual({
    asIssued: [200, undefined],
    tooMany: [400, 'mandatory pointers: at most 128 pointers are accepted'],
    tooLong: [400, 'mandatory pointers: a pointer is limited to 512 characters'],
    twice: [400, 'mandatory pointers: the same pointer is given twice'],
    noPointer: [400, 'mandatory pointers: a JSON pointer is empty or begins with /'],
    tooManyAsked: [400, expect.stringContaining('options.selectivePointers')],
    twiceAsked: [400, expect.stringContaining('the same pointer is given twice')],
  })
  await expect(deriveCredential(secured, many, nodeCrypto)).rejects.toMatchObject({
    code: 'credential_malformed',
    detail: 'selective pointers: at most 128 pointers are accepted',
  })
  await expect(secureSd(issuer, many)).rejects.toMatchObject({
    code: 'credential_malformed',
    detail: 'mandatory pointers: at most 128 pointers are accepted',
  })
})

test('what pointers select is taken from the budget of the request before anything is copied', async () => {
  const secured = await secureSd(party('P-256'))
  const { proof: _, ...document } = secured
  const length = JSON.stringify(document).length
  const selective = ['/credentialSubject/sails/1', '/credentialSubject/boards/0']
  // The mandatory group, the selective one, both together, and the document that is revealed.
  const cost = length * (3 + 2 + 5 + 5)
  const derive = (selectedCharacters: number) =>
    deriveCredential(
      secured,
      selective,
      nodeCrypto,
      makeBudget({ ...workLimits, selectedCharacters }),
    )

  await expect(derive(cost - 1)).rejects.toMatchObject({
    code: 'credential_malformed',
    detail: `one request may take ${cost - 1} characters that JSON pointers may select`,
  })
  expect(await verdict(await derive(cost))).toBe('authentic')
})

test('permissions and status lists are never signed statement by statement', async () => {
  const w = await world({ PROCURA_ISSUER: 'main' })
  await w.raw('POST', '/issuers', { body: { name: 'sd', mechanism: 'ecdsa-sd-2023' } })
  const { json } = await w.raw('POST', '/issuers/sd/credentials/issue', {
    body: {
      credential: {
        '@context': [v2],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:a' },
      },
    },
  })
  const list = await fetch(json.verifiableCredential.credentialStatus[0].statusListCredential)

  expect(((await list.json()) as any).proof.cryptosuite).toBe('ecdsa-rdfc-2019')
})
