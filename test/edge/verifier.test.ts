import { expect, onTestFinished, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { didKey, makeDidKey } from '../../src/did/methods/key.ts'
import { makeResolver } from '../../src/did/resolve.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { toBase64url } from '../../src/foundation/encoding.ts'
import { readReceipt } from '../../src/permission/receipt.ts'
import { generatePrivateJwk, present, read, signerFromJwk } from '../../src/sdk/index.ts'
import { badge, party } from '../parties.ts'
import { customers, readingCustomers, world } from '../world.ts'
import { startWorkerd } from './workerd.ts'

const token = 'a-token-of-at-least-thirty-two-characters'
const receiptKey = await generatePrivateJwk('Ed25519')
const verifierDid = didKey(signerFromJwk(receiptKey).publicKey)

/** A service that issues, and a verifier at the edge that shares nothing with it. */
async function setUp() {
  const issuer = await world()
  const { did: issuerDid } = (await issuer.raw('GET', '/issuers/main')).json
  const crm = await issuer.agent({ name: 'crm' })
  const reporter = await issuer.agent({ name: 'reporter' })
  const workerd = await startWorkerd('wrangler.verifier.toml', {
    PROCURA_AUDIENCES: crm.did,
    PROCURA_TRUSTED_ISSUERS: JSON.stringify({ [issuerDid]: ['TaskPermissionCredential'] }),
    PROCURA_CALLERS: JSON.stringify({ crm: token }),
    PROCURA_CHALLENGE_KEY: toBase64url(nodeCrypto.randomBytes(32)),
    PROCURA_RECEIPT_KEY: JSON.stringify(receiptKey),
    PROCURA_ALLOWED_ORIGINS: issuer.url,
  })
  onTestFinished(() => workerd.stop())
  const post = async (path: string, body: object, bearer = token) => {
    const response = await fetch(`${workerd.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, json: (await response.json()) as any }
  }
  const challenge = async () => (await post('/challenges', { audience: crm.did })).json
  return { issuer, crm, reporter, post, challenge }
}

test('the edge verifier decides without a database, accepts a challenge once, and signs its decisions', async () => {
  const { issuer, crm, reporter, post, challenge } = await setUp()
  const { id, credential } = await issuer.permit(reporter, crm)
  const stranger = await world()
  const [other, victim] = [await stranger.agent(), await stranger.agent()]
  const foreign = await stranger.permit(victim, other)

  const presentation = await present(reporter, [credential], await challenge(), 'data-integrity')
  const requests = await Promise.all(
    Array.from({ length: 20 }, () => post('/decisions', { presentation, ...readingCustomers })),
  )
  const decided = requests.map(({ json }) => json.reason ?? json.decision)
  const receipts = await Promise.all(
    requests.map(({ json }) =>
      readReceipt(
        {
          clock: Date.now,
          crypto: nodeCrypto,
          resolveDid: makeResolver({ key: makeDidKey() }),
          get budget() {
            return makeBudget()
          },
        },
        json.receipt,
        verifierDid,
      ),
    ),
  )
  const untrusted = await post('/decisions', {
    presentation: await present(victim, [foreign.credential], await challenge(), 'data-integrity'),
    ...readingCustomers,
  })
  const write = await post('/decisions', {
    presentation: await present(reporter, [credential], await challenge(), 'vp+jwt'),
    ...readingCustomers,
    action: 'write',
  })
  const verified = await post('/credentials/verify', { verifiableCredential: credential })
  await read(issuer.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))

  expect(decided.toSorted()).toEqual(['allow', ...Array(19).fill('challenge_used')])
  expect(receipts[decided.indexOf('allow')]).toMatchObject({
    iss: verifierDid,
    decision: 'allow',
    reason: null,
    sub: reporter.did,
    audience: crm.did,
    action: 'read',
    resource: customers,
    purpose: 'monthly-report',
    credential: credential.id,
    grant: 'g1',
  })
  expect([untrusted.json.reason, write.json.reason]).toEqual([
    'issuer_untrusted',
    'action_not_granted',
  ])
  expect([verified.status, verified.json.decision]).toEqual([200, 'allow'])
})

test('the edge verifier refuses callers without a token, invalid JSON, and an altered credential', async () => {
  const { issuer, crm, reporter, post } = await setUp()
  const { credential } = await issuer.permit(reporter, crm)
  const altered = { ...credential, validUntil: '2099-01-01T00:00:00Z' }

  const answers = [
    await post('/challenges', { audience: crm.did }, 'another-token-of-thirty-two-characters'),
    await post('/challenges', { audience: reporter.did }),
    await post('/challenges', { audience: crm.did, more: 1 }),
    await post('/nowhere', {}),
    await post('/credentials/verify', { verifiableCredential: altered }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([401, 403, 400, 404, 400])
  expect(answers[4]!.json.reason).toBe('signature_invalid')
})

test('the edge verifier and the service hold a proof to the same challenge and domain', async () => {
  const { issuer, post } = await setUp()
  const holder = party()
  const document = badge(holder)
  const secureFor = (options: { challenge?: string; domain?: string }) =>
    secureWithDataIntegrity(
      document,
      {
        verificationMethod: holder.verificationMethod,
        proofPurpose: 'assertionMethod',
        created: Date.now(),
        ...options,
      },
      holder.signer,
      nodeCrypto,
    )
  const asked = { challenge: 'c', domain: 'https://a.example' }
  const plain = await secureFor({})
  const made = await secureFor(asked)
  const cases = [
    [plain, {}],
    [plain, { challenge: 'c' }],
    [plain, { domain: 'https://a.example' }],
    [made, asked],
    [made, { ...asked, challenge: 'd' }],
    [made, { ...asked, domain: 'https://b.example' }],
  ] as const

  const verdicts = await Promise.all(
    cases.map(async ([verifiableCredential, options]) => {
      const body = { verifiableCredential, options }
      const [edge, service] = [
        await post('/credentials/verify', body),
        await issuer.raw('POST', '/credentials/verify', { body }),
      ]
      return [edge, service].map(({ status, json }) => [status, json.verified, json.reason])
    }),
  )

  const [authentic, otherChallenge, otherDomain] = [
    [200, true, 'issuer_untrusted'],
    [400, false, 'challenge_mismatch'],
    [400, false, 'domain_mismatch'],
  ]
  expect(verdicts).toEqual(
    [authentic, otherChallenge, otherDomain, authentic, otherChallenge, otherDomain].map((one) => [
      one,
      one,
    ]),
  )
})
