import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBase64url } from '../../encoding.ts'
import { ServiceError } from '../../errors.ts'
import { type Config, readMasterKey } from '../config.ts'

/** Where everything lies that outlives the process. */
export interface DataFolder {
  readonly databaseFile: string
  readonly masterKey: Uint8Array
}

/**
 * Makes the folder (0700) and the key file (0600) where they are missing.
 *
 * @throws ServiceError `configuration_invalid` if others could read the key, or the key of an
 *   existing database is gone.
 */
export function openDataFolder(config: Config): DataFolder {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  chmodSync(config.dataFolder, 0o700)
  const databaseFile = join(config.dataFolder, 'procura.db')
  return {
    databaseFile,
    masterKey: config.masterKey ?? masterKeyIn(config, existsSync(databaseFile)),
  }
}

function masterKeyIn({ dataFolder, masterKeyFile }: Config, hasDatabase: boolean): Uint8Array {
  const file = masterKeyFile ?? join(dataFolder, 'master.key')
  if (existsSync(file)) {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new ServiceError(
        'configuration_invalid',
        `${file} can be read by others: run "chmod 600 ${file}"`,
      )
    return readMasterKey(file, readFileSync(file, 'utf8'))!
  }
  if (hasDatabase)
    throw new ServiceError(
      'configuration_invalid',
      `the master key of the database is missing: put ${file} back, or set PROCURA_MASTER_KEY`,
    )
  const key = new Uint8Array(randomBytes(32))
  writeFileSync(file, `${toBase64url(key)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return key
}
