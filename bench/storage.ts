import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { openPostgres } from '../src/adapters/storage/postgres/postgres.ts'
import { openSqlite } from '../src/adapters/storage/sqlite/sqlite.ts'
import { makeCredentialStore } from '../src/adapters/storage/stores/credential-store.ts'
import type { Database } from '../src/foundation/database.ts'
import { newId } from '../src/foundation/id.ts'
import { loadMigrations } from '../src/runtimes/node/migrations.ts'
import { postgresForTests } from '../test/postgres-server.ts'
import { type Line, median } from './measure.ts'

/** Durable commits (fsync on) of one credential row each: one after the other, and 64 at a time. */
export async function benchStorage(): Promise<readonly Line[]> {
  return [await onSqlite(), ...(await onPostgres())]
}

async function onSqlite(): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-bench-'))
  const database = openSqlite({ file: join(folder, 'bench.db'), migrations: loadMigrations() })
  const line = await groupCommit('SQLite', database)
  await database.close()
  rmSync(folder, { recursive: true })
  return line
}

async function onPostgres(): Promise<readonly Line[]> {
  const server = await postgresForTests()
  if (!server) return []
  const url = await server.newDatabase()
  const database = await openPostgres({ url, migrations: loadMigrations() })
  const line = await groupCommit('PostgreSQL', database)
  await database.close()
  await server.stop()
  return [line]
}

async function groupCommit(engine: string, database: Database): Promise<Line> {
  const store = makeCredentialStore(database)
  const newUuid = () => newId(Date.now(), nodeCrypto.randomBytes)
  const [issuerId, agentId, taskId] = [newUuid(), newUuid(), newUuid()]
  let slot = 0
  const commit = () => {
    const id = newUuid()
    const row = {
      id,
      credentialId: `urn:uuid:${id}`,
      issuerId,
      agentId,
      taskId,
      type: 'TaskPermissionCredential',
      slot: slot++,
    }
    return database.commit([
      store.add({
        ...row,
        validFrom: 0,
        validUntil: 1,
        createdAt: 0,
        forms: null,
        basis: 'issuer',
        secured: { proof: 'x'.repeat(1500) },
      }),
    ])
  }
  const rate = async (waiting: number, total: number): Promise<number> => {
    const started = performance.now()
    let left = total
    await Promise.all(
      Array.from({ length: waiting }, async () => {
        while (left-- > 0) await commit()
      }),
    )
    return total / ((performance.now() - started) / 1000)
  }
  await rate(64, 2000)
  const rates = { alone: [] as number[], together: [] as number[] }
  for (let round = 0; round < 5; round++) {
    rates.alone.push(await rate(1, 300))
    rates.together.push(await rate(64, 4000))
  }
  const [alone, together] = [median(rates.alone), median(rates.together)]
  return {
    what: `commit on ${engine} with 64 waiting, against one by one`,
    ratio: together / alone,
    unit: '×',
    goal: 5,
    atLeast: true,
    detail: `${together.toFixed(0)} against ${alone.toFixed(0)} commits a second`,
  }
}
