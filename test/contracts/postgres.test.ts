import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import type { Migration } from '../../src/adapters/storage/migration.ts'
import {
  openPostgres,
  type PostgresDatabase,
} from '../../src/adapters/storage/postgres/postgres.ts'
import { makeAgentStore } from '../../src/adapters/storage/stores/agent-store.ts'
import { makeApiKeyStore } from '../../src/adapters/storage/stores/api-key-store.ts'
import { makeCredentialStore } from '../../src/adapters/storage/stores/credential-store.ts'
import { makeDutyStore } from '../../src/adapters/storage/stores/duty-store.ts'
import { makeIssuerStore } from '../../src/adapters/storage/stores/issuer-store.ts'
import { makePersonStore } from '../../src/adapters/storage/stores/party-store.ts'
import { makeStatusStore } from '../../src/adapters/storage/stores/status-store.ts'
import type { Agent } from '../../src/directory/agent.ts'
import type { Person } from '../../src/directory/party.ts'
import { sql } from '../../src/foundation/database.ts'
import { type Id, idBytes, newId } from '../../src/foundation/id.ts'
import { newPerson } from '../../src/operations/administering/create-person.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { postgresForTests } from '../postgres-server.ts'
import { databaseContract } from './database.ts'
import { humansContract, takeOverContract } from './humans.ts'
import { statusContract } from './status.ts'
import { storesContract } from './stores.ts'
import { takenOverDutiesContract } from './taken-over-duties.ts'

const server = await postgresForTests()
const opened: PostgresDatabase[] = []
const openAt = async (url: string) => {
  const database = await openPostgres({ url, migrations: loadMigrations() })
  opened.push(database)
  return database
}
const open = async () => openAt(await server!.newDatabase())
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()))
  await server?.stop()
})

const activeAgent = (id: Id): Agent => ({
  id,
  name: 'agent',
  kind: 'company',
  owner: id,
  deputy: null,
  model: null,
  softwareDigest: null,
  riskTier: 'low',
  segment: 'default',
  roles: ['analyst'],
  externalId: null,
  lastActiveAt: 5,
  dormantSince: null,
  suspendedBy: null,
  didMethod: 'key',
  custody: 'service',
  keyKind: 'Ed25519',
  did: `did:key:${id}`,
  state: 'active',
  endsAt: null,
  createdAt: 0,
})

describe.skipIf(!server)('PostgreSQL', () => {
  databaseContract('PostgreSQL', open)
  statusContract('PostgreSQL', open, nodeCrypto)
  storesContract('PostgreSQL', open, nodeCrypto)
  humansContract('PostgreSQL', open)
  const openAs = (url: Promise<string> | undefined) => async (migrations: readonly Migration[]) => {
    const database = await openPostgres({ url: await url!, migrations })
    opened.push(database)
    return database
  }
  takeOverContract('PostgreSQL', openAs(server?.newDatabase()))
  takenOverDutiesContract('PostgreSQL', openAs(server?.newDatabase()))

  test('of two messages set on two nodes at the same moment, one stands', async () => {
    const url = await server!.newDatabase()
    const nodes = await Promise.all([openAt(url), openAt(url), openAt(url)])
    const issuerId = newId(Date.now(), nodeCrypto.randomBytes)
    await nodes[0]!.commit([
      makeIssuerStore(nodes[0]!).add({
        id: issuerId,
        name: 'telling',
        did: 'did:key:telling',
        keyKind: 'Ed25519',
        mechanism: 'eddsa-jcs-2022',
        statusMessages: ['a', 'b', 'c', 'd'],
        state: 'active',
        createdAt: 0,
      }),
    ])
    const stores = nodes.map((node) => makeStatusStore(node, nodeCrypto))
    const slot = await stores[0]!.reserve(issuerId, 64)
    const list = (await stores[0]!.listsOf(issuerId, slot))[2]!

    for (let round = 0; round < 20; round++) {
      await Promise.all(
        stores.map((status, i) =>
          nodes[i]!.commit(status.setMessage(issuerId, slot, i + 1, round)),
        ),
      )
      expect(await stores[0]!.messages(list)).toHaveLength(1)
    }
  })

  test('J28 nodes that start together on an empty database migrate it once', async () => {
    const url = await server!.newDatabase()

    const databases = await Promise.all(Array.from({ length: 4 }, () => openAt(url)))

    await expect(databases[3]!.commit([])).resolves.toEqual([])
  })

  test('J28 a failed migration leaves no trace and runs again; a node with older migrations keeps working beside it', async () => {
    const url = await server!.newDatabase()
    const broken = 'CREATE TABLE more (x BIGINT); INSERT INTO nowhere VALUES (1)'
    const older = await openAt(url)

    const failed = await openPostgres({
      url,
      migrations: [...loadMigrations(), { name: '9999.sql', sql: broken }],
    }).catch((error: Error) => error.message)
    const newer = await openPostgres({
      url,
      migrations: [...loadMigrations(), { name: '9999.sql', sql: 'CREATE TABLE more (x BIGINT)' }],
    })
    opened.push(newer)
    await newer.commit([sql`INSERT INTO more VALUES (${1})`])

    expect(failed).toContain('nowhere')
    await expect(
      older.read(sql`SELECT name FROM migrations WHERE name = '9999.sql'`),
    ).resolves.toHaveLength(1)
    await expect(openAt(url)).resolves.toBeDefined()
  })

  test('J28 a node goes on while another one migrates the tables that it reads and writes', async () => {
    const url = await server!.newDatabase()
    const older = await openAt(url)
    const people = () => older.read<{ name: string }>(sql`SELECT * FROM people ORDER BY id`)
    const add = (n: number) =>
      older.commit([
        sql`INSERT INTO people (id, name, created_at) VALUES (${new Uint8Array(16).fill(n)}, ${`p${n}`}, 0) RETURNING *`,
      ])
    await add(1)
    const before = await people()

    await older.commit([sql`ALTER TABLE people ADD COLUMN shoe_size BIGINT`])
    await add(2)

    expect([before.length, (await people()).map(({ name }) => name)]).toEqual([1, ['p1', 'p2']])
  })

  test('J13 J14 commits of two nodes that lock the same rows in opposite order all succeed, each once', async () => {
    const url = await server!.newDatabase()
    const [first, second] = [await openAt(url), await openAt(url)]
    const id = (n: number) => new Uint8Array(16).fill(n)
    await first.commit(
      [1, 2].map(
        (n) => sql`INSERT INTO people (id, name, created_at) VALUES (${id(n)}, 'person', 0)`,
      ),
    )
    const step = (n: number) =>
      sql`UPDATE people SET created_at = created_at + 1 WHERE id = ${id(n)}`

    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0 ? first.commit([step(1), step(2)]) : second.commit([step(2), step(1)]),
      ),
    )

    expect(await first.read(sql`SELECT created_at FROM people ORDER BY id`)).toEqual([
      { created_at: 200 },
      { created_at: 200 },
    ])
  })

  test('a text that PostgreSQL cannot store is malformed input, not a database error', async () => {
    const database = await open()

    await expect(
      database.commit([
        sql`INSERT INTO people (id, name, created_at) VALUES (${new Uint8Array(16)}, ${'a\u0000b'}, 0)`,
      ]),
    ).rejects.toMatchObject({ code: 'request_malformed' })
  })

  test('J13 a suspension of many that is lifted while another node carries it out leaves nothing suspended', async () => {
    const url = await server!.newDatabase()
    const nodes = [await openAt(url), await openAt(url)] as const
    const [first, second] = [
      makeStatusStore(nodes[0], nodeCrypto, 1),
      makeStatusStore(nodes[1], nodeCrypto, 1),
    ]
    const [agents, credentials] = [makeAgentStore(nodes[0]), makeCredentialStore(nodes[0])]
    const agentId = newId(0, nodeCrypto.randomBytes)
    const issuerId = newId(0, nodeCrypto.randomBytes)
    await nodes[0].commit([
      agents.add(activeAgent(agentId)),
      ...[0, 1].map((slot) => {
        const id = newId(slot, nodeCrypto.randomBytes)
        const times = { validFrom: 0, validUntil: 9e12, createdAt: 0 }
        const row = { id, credentialId: id, issuerId, agentId, taskId: null, type: 'T', slot }
        return credentials.add({ ...row, ...times, secured: {}, forms: null, basis: 'issuer' })
      }),
      ...first.addCauseToAll({ agentId }, 'suspension', 'agent', 1),
    ])
    const sweep = async (status: typeof first) => {
      while ((await status.sweepOrders()) > 0);
    }
    const pause = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds))
    // Whoever writes the same entry, and has not committed yet, keeps the first part waiting.
    const other = new pg.Client(url)
    await other.connect()
    await other.query('BEGIN')
    await other.query(
      "INSERT INTO status_causes (issuer_id, purpose, slot, cause, since) VALUES ($1, 'suspension', 0, 'agent', 1)",
      [Buffer.from(idBytes(issuerId))],
    )

    const sweeping = sweep(first)
    await pause(150)
    const lifting = nodes[1]
      .commit(second.removeSuspensionOfAll({ agentId }, 'agent', 2))
      .then(() => sweep(second))
    await pause(300)
    await other.query('ROLLBACK')
    await other.end()
    await Promise.all([sweeping, lifting])
    await sweep(first)

    const [row] = await nodes[0].read<{ remaining: number }>(
      sql`SELECT COUNT(*) AS remaining FROM status_causes`,
    )
    expect(row!.remaining).toBe(0)
  })

  test('J13 no credential issued while its agent is retired on another node stays valid', async () => {
    const url = await server!.newDatabase()
    const [here, there] = [await openAt(url), await openAt(url)]
    const [agents, credentials] = [makeAgentStore(here), makeCredentialStore(here)]
    const status = makeStatusStore(there, nodeCrypto)
    const issuerId = newId(0, nodeCrypto.randomBytes)
    let slot = 0
    const good: number[] = []

    for (let round = 0; round < 60; round++) {
      const agentId = newId(0, nodeCrypto.randomBytes)
      await here.commit([agents.add(activeAgent(agentId))])
      const issue = () => {
        const id = newId(0, nodeCrypto.randomBytes)
        const times = { validFrom: 0, validUntil: 9e12, createdAt: 0 }
        const row = {
          id,
          credentialId: id,
          issuerId,
          agentId,
          taskId: null,
          type: 'T',
          slot: slot++,
        }
        return here
          .commit([
            agents.mustBeActive(agentId),
            credentials.add({ ...row, ...times, secured: {}, forms: null, basis: 'issuer' }),
          ])
          .catch(() => undefined)
      }
      const retire = there.commit([
        ...agents.step(agentId, 'retire'),
        ...status.addCauseToAll({ agentId }, 'revocation', 'agent', 1),
      ])
      await Promise.all([issue(), issue(), retire, ...Array.from({ length: 8 }, issue)])
      const [row] = await here.read<{ live: number }>(
        sql`SELECT COUNT(*) AS live FROM credentials c WHERE c.agent_id = ${idBytes(agentId)} AND NOT EXISTS (
          SELECT 1 FROM status_causes s WHERE s.slot = c.slot AND s.issuer_id = c.issuer_id)`,
      )
      good.push(row!.live)
    }

    expect(good.filter((live) => live > 0)).toEqual([])
    expect(slot).toBe(600)
  })

  test('J13 two administrators cannot both leave on two nodes at once, and one mailbox on two nodes never makes two human beings', async () => {
    const url = await server!.newDatabase()
    const nodes = [await openAt(url), await openAt(url)] as const
    const [people, keys] = [makePersonStore(nodes[0]), makeApiKeyStore(nodes[0])]
    const left: number[] = []
    const humans: number[] = []

    for (let round = 0; round < 25; round++) {
      const ids = [newId(round, nodeCrypto.randomBytes), newId(round, nodeCrypto.randomBytes)]
      const records = ids.map((id) => newPerson(id, 'p', round))
      await nodes[0].commit([
        sql`DELETE FROM api_keys`,
        ...records.map(people.add),
        ...ids.flatMap((id) =>
          keys.add({
            id,
            name: 'k',
            holder: { kind: 'person', id },
            scopes: ['administrator'],
            digest: new Uint8Array(32),
            madeBy: null,
            createdAt: 0,
            expiresAt: 100,
            revokedAt: null,
          }),
        ),
      ])
      const outcomes = await Promise.allSettled(
        nodes.map((node, i) =>
          node.commit([
            ...keys.mustLeaveAdministrator({ person: ids[i]! }, 50),
            ...people.leave(ids[i]!),
            keys.revokeAllOf({ kind: 'person', id: ids[i]! }, 50),
          ]),
        ),
      )
      const mailbox = `p${round}@acme.example`
      const kept = await Promise.allSettled(
        nodes.map((node, i) => node.commit(people.keepMailboxes(records[i]!, [mailbox], 1))),
      )
      left.push(outcomes.filter(({ status }) => status === 'fulfilled').length)
      humans.push(kept.filter(({ status }) => status === 'fulfilled').length)
    }

    expect([new Set(left), new Set(humans)]).toEqual([new Set([1]), new Set([1])])
  })

  test('J13 a duty taken on one node while another node merges its person goes to the merged person, or is not taken', async () => {
    const url = await server!.newDatabase()
    const [here, there] = [await openAt(url), await openAt(url)]
    const [people, duties] = [makePersonStore(here), makeDutyStore(here)]
    const lost: string[] = []
    const outcomes = new Set<string>()

    for (let round = 0; round < 40; round++) {
      const ids = [newId(round, nodeCrypto.randomBytes), newId(round, nodeCrypto.randomBytes)]
      const [one, two] = ids.map((id) => newPerson(id, 'p', round)) as [Person, Person]
      await here.commit([people.add(one), people.add(two)])
      const duty = { rule: 'r@1', party: `person:${two.id}`, side: 0, validUntil: 100 } as const
      const take = here.commit([
        people.mustBeOf(two.id, two.id),
        ...duties.take({ ...duty, issuer: 'did:a', credentialId: 'urn:1' }, 10),
        sql`SELECT pg_sleep(${0.002 * (round % 4)})`,
      ])
      const join = there.commit([
        ...people.join([two], one.id),
        ...duties.merge(`person:${two.id}`, `person:${one.id}`),
      ])
      const [taken] = await Promise.allSettled([take, join])
      outcomes.add(taken!.status)
      if (await duties.isHeld('r@1', [`person:${two.id}`], 0, 10)) lost.push(two.id)
      if (taken!.status === 'fulfilled')
        expect(await duties.isHeld('r@1', [`person:${one.id}`], 0, 10)).toBe(true)
    }

    expect(lost).toEqual([])
    expect(outcomes.size).toBeGreaterThan(0)
  })

  test('J11 a cut connection is replaced for the next commit', async () => {
    const url = await server!.newDatabase()
    const database = await openAt(url)
    const other = await openAt(url)
    const person = (n: number) =>
      sql`INSERT INTO people (id, name, created_at) VALUES (${new Uint8Array(16).fill(n)}, 'person', 0)`
    await database.commit([person(1)])

    await other.read(
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    const outcomes = []
    for (let n = 2; n < 5; n++)
      outcomes.push(
        await database.commit([person(n)]).catch((error: { code: string }) => error.code),
      )

    expect(outcomes.at(-1)).toEqual([[]])
    expect(outcomes.filter((outcome) => outcome === 'storage_unreachable').length).toBeLessThan(2)
  })
})
