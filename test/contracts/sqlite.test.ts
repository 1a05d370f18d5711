import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import type { Migration } from '../../src/adapters/storage/migration.ts'
import { openSqlite, type SqliteDatabase } from '../../src/adapters/storage/sqlite/sqlite.ts'
import { makeAccessRequestStore } from '../../src/adapters/storage/stores/access-request-store.ts'
import { makeAgentStore } from '../../src/adapters/storage/stores/agent-store.ts'
import { makeCursorStore } from '../../src/adapters/storage/stores/cursor-store.ts'
import { makeTaskStore } from '../../src/adapters/storage/stores/task-store.ts'
import { sql } from '../../src/foundation/database.ts'
import { idText } from '../../src/foundation/id.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { databaseContract } from './database.ts'
import { humansContract, takeOverContract } from './humans.ts'
import { statusContract } from './status.ts'
import { storesContract } from './stores.ts'
import { takenOverDutiesContract } from './taken-over-duties.ts'

const folder = mkdtempSync(join(tmpdir(), 'procura-sqlite-'))
const opened: SqliteDatabase[] = []
const open = async (name = `${opened.length}.db`) => {
  const database = openSqlite({ file: join(folder, name), migrations: loadMigrations() })
  opened.push(database)
  return database
}
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()))
  rmSync(folder, { recursive: true })
})

databaseContract('SQLite', open)
statusContract('SQLite', open, nodeCrypto)
storesContract('SQLite', open, nodeCrypto)
storesContract('SQLite, remembered', open, nodeCrypto, 'remembered')
humansContract('SQLite', open)
const openAs = (name: string) => async (migrations: readonly Migration[]) => {
  const database = openSqlite({ file: join(folder, name), migrations })
  opened.push(database)
  return database
}
takeOverContract('SQLite', openAs('taken-over.db'))
takenOverDutiesContract('SQLite', openAs('taken-over-duties.db'))

test('only the owner can read a database file, and opening it again applies no migration twice', async () => {
  await open('again.db')
  await open('again.db')

  expect(statSync(join(folder, 'again.db')).mode & 0o777).toBe(0o600)
})

test('J28 a failed migration leaves no trace and runs again', () => {
  const file = join(folder, 'migrations.db')
  const broken = [
    { name: '1.sql', sql: 'CREATE TABLE a (x INTEGER); INSERT INTO nowhere VALUES (1)' },
  ]
  const mended = [{ name: '1.sql', sql: 'CREATE TABLE a (x INTEGER)' }]

  expect(() => openSqlite({ file, migrations: broken })).toThrow()
  opened.push(openSqlite({ file, migrations: mended }))
})

test('a closed database says so', async () => {
  const database = openSqlite({ file: join(folder, 'closed.db'), migrations: loadMigrations() })
  await database.close()

  await expect(database.commit([])).rejects.toMatchObject({ code: 'storage_unreachable' })
})

test('agents, tasks and requests of the previous version are taken over: answerable people always were, a task names no agents, no request was edited', async () => {
  const file = join(folder, 'before.db')
  const migrations = loadMigrations()
  const before = migrations.filter(({ name }) => name < '0013')
  const old = openSqlite({ file, migrations: before })
  const [agent, owner, deputy] = [1, 2, 3].map((n) => new Uint8Array(16).fill(n))
  await old.commit([
    sql`INSERT INTO agents (id, name, kind, owner_id, deputy_id, risk_tier, segment, did_method, custody, key_kind, state, created_at)
      VALUES (${agent!}, 'x', 'company', ${owner!}, ${deputy!}, 'low', 'default', 'key', 'own', 'Ed25519', 'active', 7)`,
    sql`INSERT INTO tasks (id, issuer_id, purpose, state, created_at, ends_at)
      VALUES (${agent!}, ${owner!}, 'p', 'open', 7, 9)`,
    sql`INSERT INTO access_requests (id, kind, agent_id, task_id, requester, reason, terms, digest, rules, stages, stage,
        escalated, state, revision, created_at)
      VALUES (${agent!}, 'permission', ${agent!}, ${agent!}, 'person:x', 'r', '{}', 'd', '[]', '[]', 0, 0, 'open', 3, 7)`,
  ])
  await old.close()

  const database = openSqlite({ file, migrations })
  opened.push(database)
  const id = idText(agent!)

  expect(await makeAgentStore(database).answering(id, 8)).toEqual([
    { person: idText(owner!), capacity: 'owner', since: 7, until: null },
    { person: idText(deputy!), capacity: 'deputy', since: 7, until: null },
  ])
  expect((await makeTaskStore(database).find(id))?.agents).toEqual([])
  expect((await makeAccessRequestStore(database).find(id))?.edits).toBe(0)
})

test('the alarms of the previous version are not raised again, and none of a new service is left out', async () => {
  const file = join(folder, 'alarmed.db')
  const migrations = loadMigrations()
  const old = openSqlite({ file, migrations: migrations.filter(({ name }) => name < '0014') })
  await old.commit([
    sql`INSERT INTO audit_events (id, at, type, actor, body, salt, sequence, commitment)
      VALUES (${new Uint8Array(16)}, 7, 'break-glass.used', 'service', '{}', ${new Uint8Array(1)}, 41, ${new Uint8Array(1)})`,
  ])
  await old.close()

  const taken = openSqlite({ file, migrations })
  opened.push(taken)

  const positions = [taken, await open()].map((database) =>
    makeCursorStore(database).position('break-glass-alarm'),
  )
  expect(await Promise.all(positions)).toEqual([42, 0])
})
