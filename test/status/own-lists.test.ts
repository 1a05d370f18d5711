import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { makeVerifier, read, type Verdict } from '../../src/sdk/index.ts'
import { bitAt } from '../../src/status/bit-string.ts'
import { ask, readCustomers, type World, world } from '../world.ts'

const entriesOf = (credential: JsonObject) =>
  credential.credentialStatus as unknown as {
    statusPurpose: string
    statusListCredential: string
    statusListIndex: string
  }[]

async function bitsOf({ url }: Pick<World, 'url'>, list: string): Promise<Uint8Array> {
  const answer = (await (await fetch(list.replace(/^https?:\/\/[^/]+/, url))).json()) as {
    credentialSubject: { encodedList: string }
  }
  return gunzipSync(Buffer.from(answer.credentialSubject.encodedList.slice(1), 'base64url'))
}

const isSet = async (world: World, credential: JsonObject, purpose: string) => {
  const entry = entriesOf(credential).find(({ statusPurpose }) => statusPurpose === purpose)!
  return bitAt(await bitsOf(world, entry.statusListCredential), Number(entry.statusListIndex))
}

test('E29 a revocation denies at once, and shows in the published list', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(x, ledger)
  const before = await isSet(w, credential, 'revocation')

  await read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))

  expect([
    before,
    await ask(ledger, x, [credential]),
    await isSet(w, credential, 'revocation'),
  ]).toEqual([false, 'deny: revoked', true])
})

test('E24 revoked stays revoked', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(x, ledger)
  await read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))

  const resumed = await w.raw('POST', `/credentials/${id}/resume`, { body: {} })
  const undone = await w.raw('POST', '/credentials/status', {
    body: {
      credentialId: credential.id,
      credentialStatus: { type: 'BitstringStatusListEntry' },
      status: false,
    },
  })

  expect([resumed.status, undone.status, undone.json.type]).toEqual([
    409,
    409,
    'https://w3id.org/procura/problems#status_irreversible',
  ])
  expect(await isSet(w, credential, 'revocation')).toBe(true)
})

test('a suspended credential of a suspended agent stays suspended when the agent returns', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(x, ledger)
  const step = (name: 'suspend' | 'resume') =>
    read(w.admin.agents[':id'][name].$post({ param: { id: x.id }, json: {} }))
  const outcomes = []

  await read(w.admin.credentials[':id'].suspend.$post({ param: { id }, json: {} }))
  await step('suspend')
  await step('resume')
  outcomes.push(await ask(ledger, x, [credential]))
  const status = await read(w.admin.credentials[':id'].status.$get({ param: { id } }))
  await read(w.admin.credentials[':id'].resume.$post({ param: { id }, json: {} }))
  outcomes.push(await ask(ledger, x, [credential]))

  expect(outcomes).toEqual(['deny: suspended', 'allow'])
  expect(status.suspension.map(({ cause }) => cause)).toEqual(['order'])
})

test('the W3C endpoint changes the status by the credential’s id', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const change = (statusPurpose: string, status: boolean) =>
    w.raw('POST', '/credentials/status', {
      body: {
        credentialId: credential.id,
        credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose },
        status,
      },
    })
  const outcomes = []

  await change('suspension', true)
  outcomes.push(await ask(ledger, x, [credential]))
  await change('suspension', false)
  outcomes.push(await ask(ledger, x, [credential]))
  await change('revocation', true)
  outcomes.push(await ask(ledger, x, [credential]))

  expect(outcomes).toEqual(['deny: suspended', 'allow', 'deny: revoked'])
})

test('E28 two changes of one list at the same moment both hold', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const issued = await Promise.all(Array.from({ length: 30 }, () => w.permit(x, ledger, { task })))

  await Promise.all(
    issued.map(({ id }) =>
      read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} })),
    ),
  )

  expect(
    await Promise.all(issued.map(({ credential }) => isSet(w, credential, 'revocation'))),
  ).toEqual(issued.map(() => true))
})

test('E25 E30 many credentials at once have unique entries, in lists whose URL names nobody', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const issued = await Promise.all(Array.from({ length: 300 }, () => w.permit(x, ledger, { task })))

  const entries = issued.flatMap(({ credential }) =>
    entriesOf(credential).map(
      ({ statusListCredential, statusListIndex }) => `${statusListCredential}#${statusListIndex}`,
    ),
  )

  expect(new Set(entries).size).toBe(600)
  const lists = new Set(entries.map((entry) => entry.split('#')[0]))
  expect(lists.size).toBe(2)
  for (const list of lists)
    expect(list).toMatch(
      new RegExp(
        `^${w.service.publicUrl}/status/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
      ),
    )
})

test('a list is served with an ETag, its ttl as max-age, and in the form that the caller accepts', async () => {
  const w = await world({ PROCURA_ISSUER_MECHANISM: 'vc+jwt' })
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const payload = JSON.parse(
    Buffer.from((credential.id as string).split('.')[1]!, 'base64url').toString(),
  )
  const path = new URL(entriesOf(payload)[0]!.statusListCredential).pathname

  const first = await w.raw('GET', path, { token: null })
  const again = await w.raw('GET', path, {
    token: null,
    headers: { 'if-none-match': first.headers.get('etag')! },
  })
  const token = await w.raw('GET', path, { token: null, headers: { accept: 'application/vc+jwt' } })

  expect([first.status, again.status]).toEqual([200, 304])
  expect(first.headers.get('cache-control')).toMatch(/^public, max-age=(60|59)$/)
  expect(first.headers.get('content-type')).toBe('application/json')
  expect(first.json.type).toBe('EnvelopedVerifiableCredential')
  expect(token.headers.get('content-type')).toBe('application/vc+jwt')
  expect(first.json.id).toBe(`data:application/vc+jwt,${token.json}`)
})

test.each(['eddsa-jcs-2022', 'ecdsa-jcs-2019', 'vc+jwt'])(
  'a verifier elsewhere relies on our published lists: issuer secures by %s',
  async (mechanism) => {
    const w = await world({ PROCURA_ISSUER_MECHANISM: mechanism })
    const [x, ledger] = [await w.agent(), await w.agent()]
    const { id, credential } = await w.permit(x, ledger)
    const issuer = (await read(w.admin.issuers.$get({ query: {} }))).items[0]!
    const verifierAt = (time: number) =>
      makeVerifier({
        audience: ledger.did,
        trustedIssuers: { [issuer.did]: ['TaskPermissionCredential'] },
        allowedOrigins: [w.url],
        clock: () => time,
      })
    const stranger = makeVerifier({
      audience: ledger.did,
      trustedIssuers: {},
      allowedOrigins: [w.url],
    })

    const before = await verifierAt(Date.now()).verifyCredential(credential)
    await read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))
    const after = await verifierAt(Date.now()).verifyCredential(credential)

    const untrusted = await stranger.verifyCredential(credential)
    const short = ({ verified, decision, reason }: Verdict) => ({ verified, decision, reason })
    expect([before, after, untrusted].map(short)).toEqual([
      { verified: true, decision: 'allow', reason: null },
      { verified: true, decision: 'deny', reason: 'revoked' },
      { verified: true, decision: 'deny', reason: 'issuer_untrusted' },
    ])
  },
)

test('E26 a restarted service uses no status entry again', async () => {
  const first = await world()
  const [x, ledger] = [await first.agent(), await first.agent()]
  const task = (await first.task(ledger)).id
  const before = await Promise.all(
    Array.from({ length: 70 }, () => first.permit(x, ledger, { task })),
  )
  await first.stop()
  const second = await world({}, first.folder)
  const issue = () =>
    second.raw('POST', `/agents/${x.id}/credentials`, {
      token: first.apiKey,
      body: { task, audience: [ledger.did], grants: readCustomers },
    })
  const after = await Promise.all(Array.from({ length: 70 }, issue))

  const all = [
    ...before.map(({ credential }) => credential),
    ...after.map(({ json }) => json.credential as JsonObject),
  ]
  const indexes = all.map((credential) => entriesOf(credential)[0]!.statusListIndex)

  expect(new Set(indexes).size).toBe(140)
})
