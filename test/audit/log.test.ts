import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { append, emptyFrontier, rootOf } from '../../src/audit/merkle.ts'
import { logInFolder } from '../../src/maintenance/audit-log.ts'
import { read } from '../../src/sdk/index.ts'
import { ask, world } from '../world.ts'

const sha256 = (...parts: Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
/** RFC 6962, 2.1, as it is written there. */
const treeHash = (leaves: readonly Uint8Array[]): Buffer => {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!)
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1)
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)))
}

test('the root of the tree is that of RFC 6962, whatever the batches of leaves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 40 }),
      fc.nat(40),
      async (leaves, split) => {
        const first = await append(emptyFrontier, leaves.slice(0, split), nodeCrypto)
        const whole = await append(first, leaves.slice(split), nodeCrypto)
        expect(Buffer.from(await rootOf(whole, nodeCrypto))).toEqual(treeHash(leaves))
        expect(whole.size).toBe(leaves.length)
      },
    ),
  )
})

/** A service with a story, stopped; its newest and an older checkpoint. */
async function story() {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  await new Promise((resolve) => setTimeout(resolve, 700))
  const older = await read(w.admin.audit.checkpoint.$get())
  await ask(ledger, x, [(await w.permit(x, ledger)).credential])
  await new Promise((resolve) => setTimeout(resolve, 700))
  const events = await read(w.admin.audit.$get({ query: { limit: 1000 } }))
  await w.stop()
  return { folder: w.folder, older, events: events.events }
}

test('J19 edits, gaps, swaps and a cut tail of the log are detected offline against an older checkpoint', async () => {
  const { folder, older } = await story()
  const verify = (change: (database: DatabaseSync) => void) => {
    const copy = `${folder}-copy-${Math.random()}`
    cpSync(folder, copy, { recursive: true })
    const database = new DatabaseSync(join(copy, 'procura.db'))
    change(database)
    database.close()
    return logInFolder(copy).verify([older.checkpoint], older.verifierKey)
  }
  const outcomes = {
    untouched: await verify(() => undefined),
    edited: await verify((d) =>
      d.exec(
        "UPDATE audit_events SET body = replace(body, 'company', 'employee') WHERE sequence = (SELECT min(sequence) FROM audit_events WHERE type = 'agent.registered')",
      ),
    ),
    removed: await verify((d) => d.exec('DELETE FROM audit_events WHERE sequence = 3')),
    swapped: await verify((d) =>
      d.exec(
        'UPDATE audit_events SET sequence = -1 WHERE sequence = 1; UPDATE audit_events SET sequence = 1 WHERE sequence = 2; UPDATE audit_events SET sequence = 2 WHERE sequence = -1',
      ),
    ),
    cut: await verify((d) =>
      d.exec(`DELETE FROM audit_checkpoints WHERE size >= ${older.checkpoint.split('\n')[1]}`),
    ),
    'tail gone': await verify((d) =>
      d.exec('DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_events)'),
    ),
  }

  expect(
    Object.fromEntries(Object.entries(outcomes).map(([name, { sound }]) => [name, sound])),
  ).toEqual({
    untouched: true,
    edited: false,
    removed: false,
    swapped: false,
    cut: false,
    'tail gone': false,
  })
})

test('every change and every decision has its event, found by agent, credential, task and type', async () => {
  const { events } = await story()
  const types = events.map(({ event }) => event!.type)

  expect(types).toEqual([
    'service.initialized',
    'issuer.created',
    'person.created',
    'api-key.created',
    'person.created',
    'agent.registered',
    'agent.activated',
    'agent.registered',
    'agent.activated',
    'task.created',
    'credential.issued',
    'decision.made',
  ])
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i))
})

test('GET /audit filters, and pages by sequence', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id } = await w.permit(x, ledger)
  await new Promise((resolve) => setTimeout(resolve, 700))
  const types = async (query: string) =>
    (await w.raw('GET', `/audit?${query}`)).json.events.map(
      ({ event }: { event: { type: string } }) => event.type,
    )

  expect(await types(`agent=${x.id}`)).toEqual([
    'agent.registered',
    'agent.activated',
    'credential.issued',
  ])
  expect(await types(`credential=${id}`)).toEqual(['credential.issued'])
  expect(await types('type=agent.activated')).toHaveLength(2)
  const first = (await w.raw('GET', '/audit?limit=4')).json
  const second = (await w.raw('GET', `/audit?limit=4&from=${first.next}`)).json
  expect([first.next, second.events[0].sequence]).toEqual([4, 4])
})

test('GET /audit refuses to filter by what is no id, however long it is', async () => {
  const w = await world()
  const lookalike = `G${(await w.agent()).id.slice(1)}`

  const answers = await Promise.all(
    ['agent', 'credential', 'task'].map((name) => w.raw('GET', `/audit?${name}=${lookalike}`)),
  )

  expect(answers.map(({ status, json }) => [status, json.detail])).toEqual([
    [400, 'query at agent: must be a UUID'],
    [400, 'query at credential: must be a UUID'],
    [400, 'query at task: must be a UUID'],
  ])
})

test('K01 no private key is in the clear in the data folder, and a sealed key opens in no other row', async () => {
  const w = await world()
  const ada = await w.person()
  const ledger = await w.agent()
  const sealed = [0, 1].map(() =>
    w.admin.agents.$post({ json: { name: 's', owner: ada.id, custody: 'service' } as never }),
  )
  const [one] = (await Promise.all(sealed.map((call) => read(call)))) as { id: string }[]
  const { id } = await w.permit(one!, ledger)
  await w.stop()
  const file = join(w.folder, 'procura.db')
  const database = new DatabaseSync(file)
  const rows = database
    .prepare('SELECT id, sealed FROM identity_keys WHERE sealed IS NOT NULL ORDER BY id')
    .all() as { id: Uint8Array; sealed: Uint8Array }[]
  // The seal of one agent's key, put into the row of the other's.
  database
    .prepare('UPDATE identity_keys SET sealed = ? WHERE id = ?')
    .run(rows.at(-1)!.sealed, rows.at(-2)!.id)
  database
    .prepare('UPDATE identity_keys SET sealed = ? WHERE id = ?')
    .run(rows.at(-2)!.sealed, rows.at(-1)!.id)
  database.close()
  const masterKey = readFileSync(join(w.folder, 'master.key'), 'utf8').trim()
  const content = readFileSync(file)

  const again = await world({ PROCURA_DATA: w.folder }, w.folder)
  const answer = await again.raw('POST', `/agents/${one!.id}/presentations`, {
    token: w.apiKey,
    body: { credentials: [id], challenge: 'c', domain: ledger.did },
  })

  expect(content.includes(Buffer.from(masterKey, 'base64url'))).toBe(false)
  expect(rows.every(({ sealed: bytes }) => bytes.length === 1 + 12 + 32 + 16)).toBe(true)
  expect([answer.status, answer.json.type]).toEqual([
    503,
    'https://w3id.org/procura/problems#signing_unavailable',
  ])
})
