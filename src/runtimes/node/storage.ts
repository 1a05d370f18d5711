import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgres, type PostgresDatabase } from '../../adapters/storage/postgres/postgres.ts'
import {
  openSqlite,
  type SqliteDatabase,
  type SqliteOptions,
} from '../../adapters/storage/sqlite/sqlite.ts'
import { type Config, readMasterKey } from '../../composition/config.ts'
import { toBase64url } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { checkNotGone } from './folder-record.ts'
import { checkIntegrity } from './integrity.ts'
import { loadMigrations } from './migrations.ts'

/**
 * Opens SQLite in the data folder, or PostgreSQL. Creates the folder (0700) and its key file (0600)
 * if missing.
 *
 * @param onLost called when this process can no longer write the database.
 * @throws ServiceError `configuration_invalid` if others could read the key, the key of an existing
 *   database is missing, or folder or server cannot be used.
 */
export async function openStorage(
  config: Config,
  onLost?: (cause: Error) => void,
): Promise<Storage> {
  const common = { migrations: loadMigrations(), maxGroup: config.maxGroup }
  if ('databaseUrl' in config.storage) {
    const masterKey =
      config.masterKey ?? (config.masterKeyLost ? anyKey() : keyIn(config.masterKeyFile!))
    if (!masterKey) throw invalid(`there is no master key in ${config.masterKeyFile}`)
    return {
      masterKey,
      database: await openPostgres({ ...common, url: config.storage.databaseUrl }),
    }
  }
  try {
    return openFolder(config.storage.folder, config, { ...common, onLost })
  } catch (error) {
    throw folderUnusable(config.storage.folder, error)
  }
}

function openFolder(folder: string, config: Config, options: Omit<SqliteOptions, 'file'>): Storage {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const file = join(folder, 'procura.db')
  const keyFile = config.masterKeyFile ?? join(folder, 'master.key')
  const masterKey =
    config.masterKey ??
    keyIn(keyFile) ??
    (config.masterKeyLost ? anyKey() : makeKey(keyFile, { hasDatabase: existsSync(file) }))
  if (existsSync(file)) checkIntegrity(file, 'at start')
  else checkNotGone(folder)
  return { masterKey, database: openSqlite({ ...options, file }) }
}

/**
 * The message of the system or SQLite as one sentence for the operator; our own errors pass
 * unchanged.
 */
function folderUnusable(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof ServiceError || code === undefined) return error
  const told = code === 'ERR_SQLITE_ERROR' ? message : code
  return new ServiceError(
    'configuration_invalid',
    `the data folder ${folder} cannot be used (${told}): PROCURA_DATA must name a folder that this user owns and may write, on a disk with free space`,
    { cause: error },
  )
}

export interface Storage {
  readonly masterKey: Uint8Array
  readonly database: SqliteDatabase | PostgresDatabase
}

function keyIn(file: string): Uint8Array | undefined {
  if (!existsSync(file)) return undefined
  if ((statSync(file).mode & 0o077) !== 0)
    throw invalid(`${file} can be read by others: run "chmod 600 ${file}"`)
  try {
    return readMasterKey(file, readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw invalid(`the master key in ${file} cannot be read (${(error as { code: string }).code})`)
  }
}

function makeKey(file: string, { hasDatabase }: { readonly hasDatabase: boolean }): Uint8Array {
  if (hasDatabase)
    throw invalid(
      `the master key of the database is missing: put ${file} back, or set PROCURA_MASTER_KEY; if it is lost, docs/deploy.md says what still works`,
    )
  const key = new Uint8Array(randomBytes(32))
  writeFileSync(file, `${toBase64url(key)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return key
}

/** Opens no seal, and is not stored. */
const anyKey = () => new Uint8Array(randomBytes(32))

const invalid = (detail: string) => new ServiceError('configuration_invalid', detail)
