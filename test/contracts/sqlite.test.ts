import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { openSqlite, type SqliteDatabase } from '../../src/adapters/storage/sqlite.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { databaseContract } from './database.ts'
import { statusContract } from './status.ts'
import { storesContract } from './stores.ts'

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

test('a database file can be read by its owner alone, and opening it again applies nothing twice', async () => {
  await open('again.db')
  await open('again.db')

  expect(statSync(join(folder, 'again.db')).mode & 0o777).toBe(0o600)
})

test('J28 a migration that fails leaves no trace, and is tried again', () => {
  const file = join(folder, 'migrations.db')
  const broken = [
    { name: '1.sql', sql: 'CREATE TABLE a (x INTEGER); INSERT INTO nowhere VALUES (1)' },
  ]
  const mended = [{ name: '1.sql', sql: 'CREATE TABLE a (x INTEGER)' }]

  expect(() => openSqlite({ file, migrations: broken })).toThrow()
  opened.push(openSqlite({ file, migrations: mended }))
})

test('a database that was closed says so', async () => {
  const database = openSqlite({ file: join(folder, 'closed.db'), migrations: loadMigrations() })
  await database.close()

  await expect(database.commit([])).rejects.toMatchObject({ code: 'storage_unreachable' })
})
