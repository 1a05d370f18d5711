import { afterAll, describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { openPostgres, type PostgresDatabase } from '../../src/adapters/storage/postgres.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { postgresForTests } from '../postgres-server.ts'
import { databaseContract } from './database.ts'
import { statusContract } from './status.ts'

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

describe.skipIf(!server)('PostgreSQL', () => {
  databaseContract('PostgreSQL', open)
  statusContract('PostgreSQL', open, nodeCrypto)

  test('J28 nodes that start together on an empty database migrate it once', async () => {
    const url = await server!.newDatabase()

    const databases = await Promise.all(Array.from({ length: 4 }, () => openAt(url)))

    await expect(databases[3]!.commit([])).resolves.toEqual([])
  })
})
