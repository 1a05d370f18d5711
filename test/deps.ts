import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { nodeCompression } from '../src/adapters/crypto/node-compression.ts'
import { makeSealedKeyKeeper } from '../src/adapters/keys/sealed.ts'
import { openSqlite } from '../src/adapters/storage/sqlite/sqlite.ts'
import { makeGuardedFetch } from '../src/adapters/web/guarded-fetch.ts'
import { makeDeps } from '../src/composition/make-deps.ts'
import type { Deps } from '../src/deps.ts'
import type { Caller } from '../src/directory/caller.ts'
import { makeMemory } from '../src/foundation/memory.ts'
import { monotonicClock } from '../src/foundation/time.ts'
import { loadCedar } from '../src/runtimes/node/cedar.ts'
import { loadMigrations } from '../src/runtimes/node/migrations.ts'

/** Who may do everything. */
export const admin: Caller = {
  actor: 'service',
  roles: ['administrator'],
  person: undefined,
  agent: undefined,
  audiences: [],
  authority: null,
}

/** The real capabilities on a database of their own, without HTTP: for what must happen between two steps of an operation. */
export async function realDeps(publicUrl = 'http://127.0.0.1:8787'): Promise<Deps> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-deps-'))
  const database = openSqlite({ file: join(folder, 'test.db'), migrations: loadMigrations() })
  onTestFinished(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })
  const monotonic = monotonicClock(() => performance.now())
  const masterKey = nodeCrypto.randomBytes(32)
  return makeDeps({
    clock: Date.now,
    monotonic,
    memory: makeMemory(monotonic, 64_000_000),
    crypto: nodeCrypto,
    compression: nodeCompression,
    database,
    keeper: makeSealedKeyKeeper(masterKey),
    cedar: loadCedar,
    fetch: makeGuardedFetch({ allowedOrigins: new Set() }),
    allowedOrigins: new Set(),
    publicUrl,
    masterKey,
    defaultIssuer: 'main',
    auditDays: 0,
    onCommitted: () => undefined,
    unusedDays: { suspendAfter: 90, retireAfter: 90 },
  })
}
