import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { makeGuardedFetch } from '../../src/adapters/web/guarded-fetch.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { makeMemory } from '../../src/foundation/memory.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { toMultikey } from '../../src/keys/public-key.ts'
import { assessRequest } from '../../src/operations/deciding/assess-request.ts'
import { makeStandaloneNeeds } from '../../src/operations/deciding/standalone-needs.ts'
import { makeChallenge } from '../../src/presentation/challenge.ts'
import {
  delegate,
  generatePrivateJwk,
  present,
  proveKey,
  read,
  signDelegation,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { readCustomers, readingCustomers, submit, type WorldAgent, world } from '../world.ts'

const publicUrl = 'https://iam.example.com'

/** An agent that can take new keys, and whoever it presents to. */
async function setUp() {
  const w = await world({ PROCURA_PUBLIC_URL: publicUrl })
  const [reporter, crm] = [await w.agent({ didMethod: 'web' }), await w.agent()]
  const { token, client } = await w.keyFor(`agent:${crm.id}`, 'verifier')
  const ledger = { ...crm, client }
  const issue = async (...forms: readonly string[]) => {
    const task = (await w.task(crm)).id
    const json = { task, audience: [crm.did], grants: readCustomers, forms }
    const issued = await read(
      w.admin.agents[':id'].credentials.$post({
        param: { id: reporter.id },
        json: json as never,
      }),
    )
    return issued as unknown as { credential: JsonObject; forms?: Record<string, JsonObject> }
  }
  const challenge = () => read(client.challenges.$post({ json: { audience: crm.did } }))
  const ask = async (holder: WorldAgent, ...credentials: readonly JsonObject[]) =>
    submit(ledger, await present(holder, credentials, await challenge()))
  const open = async (holder: WorldAgent, credential: JsonObject) => {
    const presentation = await present(holder, [credential], await challenge())
    const { json } = await w.raw('POST', '/sessions', { token, body: { presentation } })
    return async () => {
      const path = `/sessions/${json.session}/decisions`
      const decided = await w.raw('POST', path, { token, body: readingCustomers })
      return decided.json.reason ?? decided.json.decision
    }
  }
  /** @returns the agent with its new key. */
  const rotate = async (compromised: boolean): Promise<WorldAgent> => {
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const path = `/agents/${reporter.id}`
    const { keyChallenge } = (await w.raw('POST', `${path}/key-challenge`, { body: {} })).json
    const proof = await proveKey(reporter.id, keyChallenge, signer)
    await w.raw('POST', `${path}/rotate-key`, { body: { proof, compromised } })
    // A document of our own is remembered for a second.
    w.advance(1_000)
    const verificationMethod = `${reporter.did}#${toMultikey(signer.publicKey)}`
    return { ...reporter, signer, verificationMethod }
  }
  return { w, reporter, ledger, issue, ask, open, rotate }
}

test('D23 what is bound to a key is revoked in the commit that marks the key as compromised', async () => {
  const { w, reporter, issue, ask, rotate } = await setUp()
  const [whole, both] = [await issue(), await issue('dc+sd-jwt')]
  const bound = both.forms!['dc+sd-jwt']!

  const before = await ask(reporter, bound)
  const renewed = await rotate(true)
  const path = `/credentials/${(both.credential.id as string).slice('urn:uuid:'.length)}`
  const { json } = await w.raw('GET', path)

  expect(before).toBe('allow')
  expect(json.state).toBe('revoked')
  expect(await ask(reporter, bound)).not.toBe('allow')
  expect(await ask(renewed, bound)).toBe('deny: signature_invalid')
  expect(await ask(renewed, both.credential)).toBe('deny: revoked')
  expect(await ask(reporter, whole.credential)).toBe('deny: key_invalid')
  expect(await ask(renewed, whole.credential)).toBe('allow')
  expect(await ask(renewed, (await issue('dc+sd-jwt')).forms!['dc+sd-jwt']!)).toBe('allow')
})

test('D23 a session that was opened with a key ends when the key is compromised', async () => {
  const { reporter, issue, open, rotate } = await setUp()
  const { credential, forms } = await issue('dc+sd-jwt')
  const sessions = [
    await open(reporter, credential),
    await open(reporter, forms!['dc+sd-jwt']!),
    await open(reporter, (await issue()).credential),
  ]
  const decide = () => Promise.all(sessions.map((session) => session()))

  const before = await decide()
  await rotate(true)

  expect(before).toEqual(['allow', 'allow', 'allow'])
  expect(await decide()).toEqual(['session_ended', 'session_ended', 'session_ended'])
})

test('C15 the bound key counts as long as the holder’s DID document lists it', async () => {
  const { w, reporter, ledger, issue, ask, rotate } = await setUp()
  const bound = (await issue('dc+sd-jwt')).forms!['dc+sd-jwt']!
  const { did } = (await w.raw('GET', '/issuers/main')).json
  const guarded = makeGuardedFetch({ allowedOrigins: new Set([w.url]) })
  const challengeKey = nodeCrypto.randomBytes(32)
  /** As the SDK and the edge verify. It knows nothing yet, and finds the service where DNS would lead it. */
  const alone = async () => {
    const needs = makeStandaloneNeeds({
      clock: Date.now,
      crypto: nodeCrypto,
      compression: nodeCompression,
      fetch: (url, accept) => guarded(url.replace(publicUrl, w.url), accept),
      allowedOrigins: new Set(),
      trustedIssuers: new Map([[did, ['TaskPermissionCredential']]]),
      challengeKey,
      memory: makeMemory(
        monotonicClock(() => performance.now()),
        10_000_000,
      ),
      newestLists: makeNewestLists(Date.now),
    })
    const caller = { actor: 'service', audiences: [ledger.did] } as const
    const binding = { caller: caller.actor, audience: ledger.did }
    const challenge = await makeChallenge(binding, Date.now() + 60_000, challengeKey, nodeCrypto)
    const presentation = await present(reporter, [bound], { challenge, domain: ledger.did })
    const request = { presentation, invocation: readingCustomers, observed: {} }
    const { outcome } = await assessRequest({ ...needs, budget: makeBudget() }, caller, request)
    return isRefusal(outcome) ? outcome.refused : 'allow'
  }

  const before = [await ask(reporter, bound), await alone()]
  await rotate(false)

  expect(before).toEqual(['allow', 'allow'])
  expect([await ask(reporter, bound), await alone()]).toEqual([
    'deny: key_not_authorized',
    'key_not_authorized',
  ])
})

test('an agent’s superseded key delegates nothing that was issued later, and is no longer published after a day', async () => {
  const { w, reporter, ledger, ask, rotate } = await setUp()
  const helper = await w.agent()
  const permit = async () =>
    (await w.permit(reporter, ledger, { delegation: { remainingDepth: 1 } })).credential
  const listed = async () =>
    (await w.raw('GET', `/agents/${reporter.id}/did.json`)).json.verificationMethod.length
  const earlier = await permit()
  const before = await delegate(reporter, earlier, { subject: helper.did })

  const renewed = await rotate(false)
  const later = await permit()
  const byNew = await delegate(renewed, later, { subject: helper.did })
  const { proof: _, ...document } = byNew
  const byOld = await signDelegation(reporter, document)
  const answers = [
    await ask(helper, earlier, before),
    await ask(helper, later, byNew),
    await ask(helper, later, byOld),
  ]
  const atFirst = await listed()
  w.advance(86_400_000)

  expect(answers).toEqual(['allow', 'allow', 'deny: key_not_authorized'])
  expect([atFirst, await listed()]).toEqual([2, 1])
})
