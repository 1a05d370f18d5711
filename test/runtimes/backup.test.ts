import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { writeD1Dump } from '../../src/adapters/storage/d1/d1-dump.ts'
import { readConfig } from '../../src/composition/config.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { backUp, restore, restoreD1 } from '../../src/maintenance/backup.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { makeClient, present, read } from '../../src/sdk/index.ts'
import { ask, readCustomers, readingCustomers, submit, type World, world } from '../world.ts'

const publicUrl = 'https://iam.acme.example'
const masterKey = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')
const adminKey = `procura_${Buffer.alloc(16, 5).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`
const environment = {
  PROCURA_PUBLIC_URL: publicUrl,
  PROCURA_MASTER_KEY: masterKey,
  PROCURA_ADMIN_KEY: adminKey,
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'procura-backup-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A service with a credential from before the backup, and two things that happen after it. */
async function setUp() {
  const before = await world(environment)
  const [crm, reporter] = [await before.agent({ name: 'crm' }), await before.agent()]
  const task = await before.task(crm)
  const kept = await before.permit(reporter, crm, { task: task.id })
  const revokedLater = await before.permit(reporter, crm, { task: task.id })
  const folder = temporary()
  const file = join(folder, 'backup.db')
  await backUp(before.folder, file, () => undefined)
  await read(
    before.admin.credentials[':id'].revoke.$post({ param: { id: revokedLater.id }, json: {} }),
  )
  const issuedLater = await before.permit(reporter, crm, { task: task.id })
  return { before, crm, reporter, task, kept, revokedLater, issuedLater, file, folder }
}

const entriesOf = ({ credential }: { credential: JsonObject }) =>
  credential.credentialStatus as readonly { readonly statusListCredential: string }[]

const listOf = async ({ url }: World, address: string): Promise<JsonValue> =>
  (await fetch(address.replace(publicUrl, url))).json() as Promise<JsonValue>

async function restored(file: string, newer: readonly JsonValue[] = []) {
  const target = join(temporary(), 'data')
  const report = await restore(readConfig({ ...environment, PROCURA_DATA: target }), file, newer)
  return { report, after: await world(environment, target) }
}

test('K07 E15 a restored service revokes everything that may have been revoked, and uses no entry again', async () => {
  const { before, crm, reporter, task, kept, revokedLater, issuedLater, file } = await setUp()
  await before.stop()

  const { report, after } = await restored(file)
  const client = await after.agent({ name: 'crm after' })
  const verdicts = await Promise.all(
    [kept, revokedLater, issuedLater].map(async ({ credential }) => {
      const { json } = await after.raw('POST', '/credentials/verify', {
        body: { verifiableCredential: credential },
      })
      return json.reason
    }),
  )
  const fresh = await after.permit(reporter, client, { task: task.id })
  const old = [kept, revokedLater, issuedLater].flatMap(entriesOf)

  expect(report).toEqual({ sealedLists: 2, renewedLists: 0, revoked: 131_072, learned: 0 })
  expect(verdicts).toEqual(['revoked', 'revoked', 'revoked'])
  expect(
    entriesOf(fresh).some((entry) =>
      old.some((one) => one.statusListCredential === entry.statusListCredential),
    ),
  ).toBe(false)
  expect(await ask(client, reporter, [fresh.credential])).toBe('allow')
  expect(crm.did).not.toBe(client.did)
})

test('K07 with a newer signed list, what that list calls valid stays valid, and revoked stays revoked', async () => {
  const { before, reporter, crm, kept, revokedLater, file } = await setUp()
  const lists = await Promise.all(
    entriesOf(kept).map((entry) => listOf(before, entry.statusListCredential)),
  )
  await before.stop()

  const { report, after } = await restored(file, lists)
  const verdict = async ({ credential }: { credential: JsonObject }) =>
    (
      await after.raw('POST', '/credentials/verify', {
        body: { verifiableCredential: credential },
      })
    ).json.reason

  expect(report).toEqual({ sealedLists: 2, renewedLists: 2, revoked: 0, learned: 1 })
  expect([await verdict(kept), await verdict(revokedLater)]).toEqual([null, 'revoked'])
  expect(reporter.did).not.toBe(crm.did)
})

test('K07 a revocation list alone does not say who was suspended: all is revoked', async () => {
  const { before, kept, file } = await setUp()
  const { id } = kept
  await read(before.admin.credentials[':id'].suspend.$post({ param: { id }, json: {} }))
  const revocation = await listOf(before, entriesOf(kept)[0]!.statusListCredential)
  await before.stop()

  const { report, after } = await restored(file, [revocation])
  const { json } = await after.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: kept.credential },
  })

  expect(report).toMatchObject({ renewedLists: 1, revoked: 131_072 })
  expect(json.reason).toBe('revoked')
})

test('K07 a D1 export is written to a new file only, and a wrong list leaves none behind', async () => {
  const { before, kept, file, folder } = await setUp()
  const address = entriesOf(kept)[0]!.statusListCredential
  const altered = { ...((await listOf(before, address)) as JsonObject), name: 'altered' }
  await before.stop()
  const [exported, sealed] = [join(folder, 'exported.sql'), join(folder, 'sealed.sql')]
  writeD1Dump(file, exported, loadMigrations())
  const config = readConfig({ PROCURA_PUBLIC_URL: publicUrl })

  await expect(restoreD1(config, exported, sealed, [altered])).rejects.toMatchObject({
    code: 'request_unprocessable',
  })
  const left = existsSync(sealed)
  const report = await restoreD1(config, exported, sealed, [])
  const { mode, size } = statSync(sealed)
  const again = restoreD1(config, exported, sealed, [])

  await expect(again).rejects.toMatchObject({ detail: `${sealed} exists already` })
  expect([left, report.revoked, mode & 0o777, statSync(sealed).size]).toEqual([
    false,
    131_072,
    0o600,
    size,
  ])
})

test('K07 messages deny nothing: they stay as in the backup, and their list is not required', async () => {
  const before = await world(environment)
  await before.raw('POST', '/issuers', { body: { name: 'telling', statusMessages: ['a', 'b'] } })
  const [crm, reporter] = [await before.agent(), await before.agent()]
  const task = await before.raw('POST', '/tasks', { body: { purpose: 'p', issuer: 'telling' } })
  const kept = await before.permit(reporter, crm, { task: task.json.id })
  await before.raw('POST', `/credentials/${kept.id}/message`, { body: { value: 1 } })
  const file = join(temporary(), 'backup.db')
  await backUp(before.folder, file, () => undefined)
  const lists = await Promise.all(
    entriesOf(kept).map((entry) => listOf(before, entry.statusListCredential)),
  )
  await before.stop()

  const withMessages = restored(file, lists)
  await expect(withMessages).rejects.toMatchObject({
    detail: 'a newer status list cannot be used: messages deny nothing: leave this list out',
  })
  const { report, after } = await restored(file, lists.slice(0, 2))
  const { json } = await after.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: kept.credential },
  })

  expect(report).toEqual({ sealedLists: 2, renewedLists: 2, revoked: 0, learned: 0 })
  expect([json.reason, json.statuses]).toEqual([
    null,
    [{ purpose: 'message', value: 1, message: 'b' }],
  ])
})

test('K07 a list made before the backup is refused, whatever it holds', async () => {
  const before = await world(environment)
  const kept = await before.permit(await before.agent(), await before.agent())
  const lists = await Promise.all(
    entriesOf(kept).map((entry) => listOf(before, entry.statusListCredential)),
  )
  before.advance(10_000)
  await before.person()
  await before.stop()
  const file = join(temporary(), 'backup.db')
  await backUp(before.folder, file, () => undefined)

  await expect(restored(file, lists)).rejects.toMatchObject({
    code: 'request_unprocessable',
    detail: 'a newer status list cannot be used: it is older than the backup',
  })
})

test('K07 a list that is altered, another service’s, or older than the backup is refused, and nothing is left behind', async () => {
  const { before, kept, file } = await setUp()
  const address = entriesOf(kept)[0]!.statusListCredential
  const list = (await listOf(before, address)) as JsonObject
  const altered = { ...list, name: 'altered' }
  await read(before.admin.credentials[':id'].revoke.$post({ param: { id: kept.id }, json: {} }))
  const later = join(temporary(), 'later.db')
  await backUp(before.folder, later, () => undefined)
  await before.stop()
  const stranger = await world(environment)
  const other = await stranger.permit(await stranger.agent(), await stranger.agent())
  const foreign = await listOf(stranger, entriesOf(other)[0]!.statusListCredential)

  const refusals = []
  for (const [backup, wrong] of [
    [file, altered],
    [file, foreign],
    [later, list],
  ] as const)
    refusals.push(
      await restored(backup, [wrong]).catch(
        (error: { code: string; detail: string }) => `${error.code}: ${error.detail}`,
      ),
    )

  expect(refusals).toEqual([
    'request_unprocessable: a newer status list cannot be used: its signature is not accepted: The signature is invalid: the document was altered, or another key signed it.',
    'request_unprocessable: a newer status list cannot be used: it is not a list of this service',
    'request_unprocessable: a newer status list cannot be used: it is older than the backup: it lacks an entry that the database has set',
  ])
})

test('a challenge from before a restoration no longer counts', async () => {
  const { before, crm, reporter, kept, file } = await setUp()
  const challenge = await read(crm.client.challenges.$post({ json: { audience: crm.did } }))
  const presentation = await present(reporter, [kept.credential], challenge, 'data-integrity')
  await before.stop()

  const { after } = await restored(file)
  const { signer, verificationMethod } = crm
  const client = makeClient(after.url, { signer, verificationMethod, publicUrl })

  expect(await submit({ ...crm, client }, presentation)).toBe('deny: challenge_invalid')
})

test('a backup ends while the service writes, and is of one moment', async () => {
  const { before } = await setUp()
  const beside = new DatabaseSync(join(before.folder, 'procura.db'))
  onTestFinished(() => beside.close())
  beside.exec('CREATE TABLE filling (bytes BLOB)')
  const insert = beside.prepare('INSERT INTO filling VALUES (zeroblob(4000))')
  beside.exec('BEGIN')
  for (let i = 0; i < 10_000; i++) insert.run()
  beside.exec('COMMIT')
  const writing = setInterval(() => insert.run(), 1)
  onTestFinished(() => clearInterval(writing))
  const file = join(temporary(), 'backup.db')

  await backUp(before.folder, file, () => undefined)
  clearInterval(writing)

  const { n } = beside.prepare('SELECT COUNT(*) AS n FROM filling').get() as { n: number }
  const copy = new DatabaseSync(file, { readOnly: true })
  const copied = copy.prepare('SELECT COUNT(*) AS n FROM filling').get() as { n: number }
  copy.close()
  expect([copied.n >= 10_000, copied.n < n]).toEqual([true, true])
}, 20_000)

test('a clean stop leaves the database in one file', async () => {
  const { before } = await setUp()

  await before.stop()

  expect(readdirSync(before.folder).sort()).toEqual(['database.json', 'procura.db'])
})

test('a service does not start without the database that its folder had, or on an older copy', async () => {
  const { before, file } = await setUp()
  const database = join(before.folder, 'procura.db')
  await before.stop()
  const start = () =>
    world(environment, before.folder).then(
      () => 'started',
      ({ message }) => message,
    )

  rmSync(database)
  const without = await start()
  copyFileSync(file, database)
  const older = await start()

  expect(without).toBe(
    `the database of ${before.folder} is gone: put procura.db back, or restore a backup with "procura restore"`,
  )
  expect(older).toMatch(
    /^the database in \S+ is older than it was: its audit log has \d+ events, and had \d+\./,
  )
})

test('a service does not start under another public URL than before', async () => {
  const { before } = await setUp()
  await before.stop()

  const PROCURA_PUBLIC_URL = 'https://other.acme.example'
  const started = world({ ...environment, PROCURA_PUBLIC_URL }, before.folder)

  await expect(started).rejects.toMatchObject({
    code: 'configuration_invalid',
    message:
      'this database was served at iam.acme.example, and PROCURA_PUBLIC_URL is https://other.acme.example: its credentials and its audit log are bound to that host, so set PROCURA_PUBLIC_URL back; another URL needs a database of its own',
  })
})

test('a restore with another public URL or master key is refused and leaves nothing', async () => {
  const { file } = await setUp()
  const target = join(temporary(), 'data')
  const attempt = (more: object) =>
    restore(readConfig({ ...environment, PROCURA_DATA: target, ...more }), file, []).then(
      () => 'restored',
      ({ code }) => [code, existsSync(join(target, 'procura.db'))],
    )

  expect([
    await attempt({ PROCURA_PUBLIC_URL: 'https://other.acme.example' }),
    await attempt({
      PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => 100 - i)).toString(
        'base64url',
      ),
    }),
    await attempt({}),
  ]).toEqual([['configuration_invalid', false], ['signing_unavailable', false], 'restored'])
})

test('a restore removes what lies beside from a database that is gone', async () => {
  const { file, before } = await setUp()
  const target = join(temporary(), 'data')
  mkdirSync(target)
  await before.permit(await before.agent(), await before.agent())
  copyFileSync(join(before.folder, 'procura.db-wal'), join(target, 'procura.db-wal'))
  writeFileSync(join(target, 'database.json'), '{"auditEvents":1000000}')

  await restore(readConfig({ ...environment, PROCURA_DATA: target }), file, [])

  const after = await world(environment, target)
  expect((await after.raw('GET', '/agents')).json.items.length).toBe(2)
})

test('a service does not start if the index of revocations does not list one of them', async () => {
  const { before } = await setUp()
  await before.stop()
  const file = join(before.folder, 'procura.db')
  const database = new DatabaseSync(file, { readOnly: true })
  const index = database
    .prepare(
      "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'status_causes'",
    )
    .get() as { rootpage: number }
  database.close()
  const bytes = readFileSync(file)
  const at = bytes.indexOf('revocation', 4096 * (index.rootpage - 1))
  bytes[at]! ^= 1
  writeFileSync(file, bytes)

  await expect(world(environment, before.folder)).rejects.toMatchObject({
    message: expect.stringMatching(/ is damaged \(.*status_causes.*\): restore a backup$/),
  })
})

test('J06 a service does not start on a database with torn pages', async () => {
  const { before } = await setUp()
  await before.stop()
  const database = join(before.folder, 'procura.db')
  const bytes = readFileSync(database)
  bytes.fill(0xff, 4096 * 3, 4096 * 6)
  writeFileSync(database, bytes)

  await expect(world(environment, before.folder)).rejects.toMatchObject({
    code: 'configuration_invalid',
  })
})

test('J06 only its owner can read a backup, and a damaged one is refused', async () => {
  const { before, file, folder } = await setUp()
  await before.stop()
  const damaged = join(folder, 'damaged.db')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096 * 3, 4096 * 6)
  writeFileSync(damaged, bytes)

  expect(statSync(file).mode & 0o777).toBe(0o600)
  await expect(restored(damaged)).rejects.toMatchObject({ code: 'configuration_invalid' })
  await expect(restored(file).then(() => restored(join(folder, 'nowhere')))).rejects.toMatchObject({
    code: 'configuration_invalid',
  })
})

test('K07 sessions from before a restoration are over, and limits counted then deny, whatever newer lists say', async () => {
  const before = await world(environment)
  const [crm, reporter] = [await before.agent(), await before.agent()]
  const { token } = await before.keyFor(`agent:${crm.id}`, 'verifier')
  const limit = { type: 'uses', max: 5, authority: `${publicUrl}/meters` }
  const grants = [{ ...readCustomers[0]!, constraints: [limit] }]
  const limited = await before.permit(reporter, crm, { grants })
  const free = await before.permit(reporter, crm)
  const post = async (w: World, path: string, body: object) =>
    (await w.raw('POST', path, { token, body })).json
  const show = async (w: World, credential: JsonObject) =>
    present(reporter, [credential], await post(w, '/challenges', { audience: crm.did }))
  const decide = async (w: World, credential: JsonObject) => {
    const presentation = await show(w, credential)
    const { decision, reason } = await post(w, '/decisions', { presentation, ...readingCustomers })
    return reason ?? decision
  }
  const { session } = await post(before, '/sessions', {
    presentation: await show(before, free.credential),
  })
  const inSession = async (w: World) => {
    const answer = await post(w, `/sessions/${session}/decisions`, readingCustomers)
    return answer.reason ?? answer.decision
  }
  const file = join(temporary(), 'backup.db')
  await backUp(before.folder, file, () => undefined)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const used = [await decide(before, limited.credential), await inSession(before)]
  const addresses = [...new Set(entriesOf(free).map((entry) => entry.statusListCredential))]
  const lists = await Promise.all(addresses.map((address) => listOf(before, address)))
  await before.stop()

  const { after } = await restored(file, lists)
  // Times in credentials are whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const fresh = await after.permit(reporter, crm, { grants })

  expect(used).toEqual(['allow', 'allow'])
  expect([
    await decide(after, free.credential),
    await decide(after, limited.credential),
    await inSession(after),
    await decide(after, fresh.credential),
  ]).toEqual(['allow', 'meter_unavailable', 'session_ended', 'allow'])
})
