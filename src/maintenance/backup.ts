import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { readD1Dump, writeD1Dump } from '../adapters/storage/d1/d1-dump.ts'
import type { Config } from '../composition/config.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'
import type { JsonValue } from '../foundation/json.ts'
import { carryOut } from '../operations/common/carry-out.ts'
import {
  revokeUnknownAfterRestore,
  type SealReport,
} from '../operations/upkeep/revoke-unknown-after-restore.ts'
import { removeFolderRecord } from '../runtimes/node/folder-record.ts'
import { checkIntegrity } from '../runtimes/node/integrity.ts'
import { loadMigrations } from '../runtimes/node/migrations.ts'
import { createPrivateFile } from '../runtimes/node/private-file.ts'
import { withDeps } from './with-deps.ts'

/**
 * Copies the database of a data folder into a file, even while the service runs: the copy is of one
 * moment. It does not contain the master key.
 *
 * @param progress called with the copied fraction, from 0 to 1.
 */
export async function backUp(
  folder: string,
  file: string,
  progress: (share: number) => void,
): Promise<void> {
  const database = join(folder, 'procura.db')
  if (!existsSync(database)) throw wrong(`there is no database in ${folder}`)
  if (existsSync(file)) throw wrong(`${file} exists already`)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // Created before anything is in it: SQLite would make it readable by others.
  createPrivateFile(file)
  const source = new DatabaseSync(database, { readOnly: true, timeout: 10_000 })
  try {
    // A backup of one moment: otherwise SQLite starts over with every commit of the service.
    source.exec('BEGIN')
    source.prepare('SELECT COUNT(*) FROM sqlite_schema').get()
    await backup(source, file, {
      rate: 1_000,
      progress: ({ totalPages, remainingPages }) => progress(1 - remainingPages / totalPages),
    })
    checkIntegrity(file, 'whole')
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    source.close()
  }
}

/**
 * Puts a backup into an empty data folder, or takes the PostgreSQL database restored by its own
 * tools, and seals it.
 *
 * @param newer status lists signed after the backup, as fetched by anyone.
 */
export async function restore(
  config: Config,
  file: string | undefined,
  newer: readonly JsonValue[],
): Promise<SealReport> {
  if ('folder' in config.storage) {
    if (!file) throw wrong('give the backup with --from')
    copyInto(config.storage.folder, file)
  } else if (file) throw wrong('PostgreSQL is restored by its own tools first: omit --from')
  try {
    return await withDeps(config, async (deps) => {
      if (!config.masterKeyLost) await checkMasterKey(deps)
      return carryOut(deps, () => revokeUnknownAfterRestore(deps, newer))
    })
  } catch (error) {
    // An unsealed database must not be served, so it is removed again.
    if ('folder' in config.storage)
      rmSync(join(config.storage.folder, 'procura.db'), { force: true })
    throw error
  }
}

/**
 * Turns an export of D1 into a sealed one, to be read into a new, empty D1 database. It touches no
 * served database, and needs no master key.
 */
export async function restoreD1(
  config: Config,
  exported: string,
  out: string,
  newer: readonly JsonValue[],
): Promise<SealReport> {
  if (existsSync(out)) throw wrong(`${out} exists already`)
  const folder = mkdtempSync(join(tmpdir(), 'procura-restore-'))
  const file = join(folder, 'procura.db')
  try {
    readD1Dump(exported, file)
    const sealing = { ...config, storage: { folder }, masterKeyLost: true }
    const report = await withDeps(sealing, (deps) =>
      carryOut(deps, () => revokeUnknownAfterRestore(deps, newer)),
    )
    writeD1Dump(file, out, loadMigrations())
    return report
  } catch (error) {
    rmSync(out, { force: true })
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The master key opens the key of an issuer. @throws ServiceError `configuration_invalid` */
async function checkMasterKey({ issuers, identities }: Deps): Promise<void> {
  const [issuer] = await issuers.list({ limit: 1 })
  if (!issuer) throw wrong('the backup has no issuer: it is of a service that never started')
  await identities.signer(issuer.did)
}

function copyInto(folder: string, file: string): void {
  const database = join(folder, 'procura.db')
  if (!existsSync(file)) throw wrong(`the file ${file} does not exist`)
  if (existsSync(database)) throw wrong(`${folder} already has a database: use an empty folder`)
  checkIntegrity(file, 'whole')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The copy has the backup's mode until it gets its own.
  chmodSync(folder, 0o700)
  // What lies beside belongs to a database that is gone, and SQLite would apply it to this one.
  for (const end of ['-wal', '-shm', '-journal']) rmSync(`${database}${end}`, { force: true })
  removeFolderRecord(folder)
  copyFileSync(file, database)
  chmodSync(database, 0o600)
}

const wrong = (detail: string) => new ServiceError('configuration_invalid', detail)
