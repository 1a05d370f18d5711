import { expect, test } from 'vitest'
import { toBase64url } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import {
  delegate,
  generatePrivateJwk,
  makeClient,
  present,
  proveKey,
  read,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { ask, readCustomers, readingCustomers, world } from '../world.ts'

const adminKey = `procura_${Buffer.alloc(16, 5).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`
const publicUrl = 'https://iam.acme.example'
const environment = {
  PROCURA_PUBLIC_URL: publicUrl,
  PROCURA_ADMIN_KEY: adminKey,
  PROCURA_MASTER_KEY: toBase64url(new Uint8Array(32).map((_, i) => i)),
}

/** Two nodes on one database, and an agent that asks the verifier of each for decisions, with a presentation and in a session. */
async function twoNodes() {
  const first = await world(environment)
  const second = await world(environment, first.folder)
  const nodes = [first, second]
  const [crm, reporter] = [await first.agent(), await first.agent({ didMethod: 'web' })]
  const verifiers = nodes.map(({ url }) => ({
    ...crm,
    client: makeClient(url, {
      signer: crm.signer,
      verificationMethod: crm.verificationMethod,
      publicUrl,
    }),
  }))
  const task = await first.task(crm)
  const askAll = (holder: typeof reporter, credentials: readonly JsonObject[]) =>
    Promise.all(verifiers.map((verifier) => ask(verifier, holder, credentials)))
  const openSessions = (holder: typeof reporter, credentials: readonly JsonObject[]) =>
    Promise.all(
      verifiers.map(async ({ client }) => {
        const challenge = await read(client.challenges.$post({ json: { audience: crm.did } }))
        const presentation = await present(holder, credentials, challenge)
        const opened = await client.sessions.$post({ json: { presentation } as never })
        return ((await opened.json()) as { session: string }).session
      }),
    )
  const askIn = (sessions: readonly string[]) =>
    Promise.all(
      verifiers.map(async ({ client }, i) => {
        const param = { id: sessions[i]! }
        const json = readingCustomers
        const answer = await read(client.sessions[':id'].decisions.$post({ param, json } as never))
        return (answer as { reason?: string }).reason ?? 'allow'
      }),
    )
  /** So long another node may go on with what it remembers. */
  const wait = () => second.advance(1_100)
  return { first, second, nodes, crm, reporter, task, askAll, openSessions, askIn, wait }
}

test('what an issuer signed with a compromised key is void at once, in sessions too, and within two seconds on another node', async () => {
  const { first, crm, reporter, task, askAll, openSessions, askIn, wait } = await twoNodes()
  const { credential } = await first.permit(reporter, crm, { task: task.id })
  const sessions = await openSessions(reporter, [credential])
  const before = [await askAll(reporter, [credential]), await askIn(sessions)]

  const rotated = await first.raw('POST', '/issuers/main/rotate', { body: { compromised: true } })
  const [atOnce] = await askAll(reporter, [credential])
  const [inSession] = await askIn(sessions)
  wait()
  const [, elsewhere] = await askAll(reporter, [credential])
  const [, inSessionElsewhere] = await askIn(sessions)

  expect([before, rotated.status]).toEqual([
    [
      ['allow', 'allow'],
      ['allow', 'allow'],
    ],
    200,
  ])
  expect([atOnce, inSession, elsewhere, inSessionElsewhere]).toEqual([
    'deny: key_invalid',
    'session_ended',
    'deny: key_invalid',
    'session_ended',
  ])
})

test.each([
  ['Bitstring', 'application/vc'],
  ['Token', 'application/statuslist+jwt'],
])(
  'a %s status list that a compromised key signed is not served again, and within two seconds by no other node',
  async (_form, accept) => {
    const { first, nodes, crm, reporter, task, wait } = await twoNodes()
    const { credential } = await first.permit(reporter, crm, { task: task.id })
    const [entry] = credential.credentialStatus as readonly JsonObject[]
    const { pathname } = new URL(entry!.statusListCredential as string)
    const known = new Map<string, string>()
    /** The key that signed the list which each node serves, and whether it says that nothing is new. */
    const serve = (tags: readonly string[] = []) =>
      Promise.all(
        nodes.map(async ({ url }, i) => {
          const headers = { accept, ...(tags[i] ? { 'if-none-match': tags[i] } : {}) }
          const response = await fetch(`${url}${pathname}`, { headers })
          if (response.status === 304) return { key: 'as before', tag: tags[i]! }
          const text = await response.text()
          const key = accept.includes('jwt')
            ? JSON.parse(Buffer.from(text.split('.')[0]!, 'base64url').toString()).kid
            : JSON.parse(text).proof.verificationMethod
          if (!known.has(key)) known.set(key, `key ${known.size + 1}`)
          return { key: known.get(key)!, tag: response.headers.get('etag')! }
        }),
      )
    const keys = (served: readonly { readonly key: string }[]) => served.map(({ key }) => key)

    const before = await serve()
    const again = await serve(before.map(({ tag }) => tag))
    await first.raw('POST', '/issuers/main/rotate', { body: { compromised: true } })
    const [atOnce] = await serve(before.map(({ tag }) => tag))
    wait()
    const later = await serve(before.map(({ tag }) => tag))

    expect([keys(before), keys(again), atOnce!.key, keys(later)]).toEqual([
      ['key 1', 'key 1'],
      ['as before', 'as before'],
      'key 2',
      ['key 2', 'key 2'],
    ])
  },
)

test('what an agent delegated with a compromised key is void at once, and within two seconds on another node', async () => {
  const { first, crm, reporter, task, askAll, wait } = await twoNodes()
  const { credential } = await first.permit(reporter, crm, {
    task: task.id,
    delegation: { remainingDepth: 1 },
  })
  const helper = await first.agent()
  const child = await delegate(reporter, credential, {
    subject: helper.did,
    grants: [{ ...readCustomers[0]!, id: 'h1', from: 'g1' }] as never,
  } as never)
  const before = await askAll(helper, [credential, child])

  const { json } = await first.raw('POST', `/agents/${reporter.id}/key-challenge`, { body: {} })
  const proof = await proveKey(
    reporter.id,
    json.keyChallenge,
    signerFromJwk(await generatePrivateJwk('Ed25519')),
  )
  const rotated = await first.raw('POST', `/agents/${reporter.id}/rotate-key`, {
    body: { proof, compromised: true },
  })
  const [atOnce] = await askAll(helper, [credential, child])
  wait()
  const [, elsewhere] = await askAll(helper, [credential, child])

  expect([before, rotated.status]).toEqual([['allow', 'allow'], 200])
  expect([atOnce, elsewhere]).toEqual(['deny: key_invalid', 'deny: key_invalid'])
})

test('a key of a person who has left is refused at once, and within two seconds on another node, and makes no other', async () => {
  const { first, nodes, wait } = await twoNodes()
  const { id } = await first.person('Eve')
  const { token } = await first.keyFor(`person:${id}`, 'administrator')
  const list = ({ raw }: (typeof nodes)[number]) => raw('GET', '/api-keys', { token })
  const before = await Promise.all(nodes.map(async (node) => (await list(node)).status))

  const left = await first.raw('POST', `/people/${id}/leave`, { body: {} })
  const body = { name: 'x', holder: { kind: 'person', id }, scopes: ['administrator'] }
  const own = await first.raw('POST', '/api-keys', { token, body })
  const byAnother = await first.raw('POST', '/api-keys', { body })
  wait()
  const elsewhere = await list(nodes[1]!)

  expect([before, left.status]).toEqual([[200, 200], 200])
  expect([own.status, byAnother.status, elsewhere.status]).toEqual([401, 422, 401])
})

test('setting back a clock that was ahead makes nothing live longer', async () => {
  const { first, second, wait } = await twoNodes()
  const { id } = await first.person('Eve')
  const { token } = await first.keyFor(`person:${id}`, 'auditor')
  second.putClock(3_600_000)
  const ahead = await second.raw('GET', '/agents', { token })
  second.putClock(-3_600_000)

  await first.raw('POST', `/people/${id}/leave`, { body: {} })
  wait()
  const after = await second.raw('GET', '/agents', { token })

  expect([ahead.status, after.status]).toEqual([200, 401])
})
