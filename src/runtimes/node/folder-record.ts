import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from '../../foundation/errors.ts'
import { isObject, parseJson } from '../../foundation/json.ts'
import { writePrivateFile } from './private-file.ts'

/**
 * What a data folder remembers of its database in a file of its own: how many events the audit log
 * had. A database that is gone, or older than it was, is noticed by it.
 */
const name = 'database.json'

const fileIn = (folder: string): string => join(folder, name)

/** Undefined if the folder never had a database, or a version that did not record it. */
function readFolderRecord(folder: string): number | undefined {
  const file = fileIn(folder)
  if (!existsSync(file)) return undefined
  try {
    const record = parseJson(readFileSync(file))
    if (isObject(record) && typeof record.auditEvents === 'number') return record.auditEvents
  } catch {
    // Refused below: a file that cannot be read says nothing about the database.
  }
  throw new ServiceError(
    'configuration_invalid',
    `${file} cannot be read: it says how long the audit log was; delete it if the database beside it is the newest`,
  )
}

/** @param auditEvents the durable length of the audit log. */
export const writeFolderRecord = (folder: string, auditEvents: number): void =>
  writePrivateFile(fileIn(folder), `${JSON.stringify({ auditEvents })}\n`)

export const removeFolderRecord = (folder: string): void => rmSync(fileIn(folder), { force: true })

/** @throws ServiceError `configuration_invalid` if the folder had a database that is gone. */
export function checkNotGone(folder: string): void {
  if (readFolderRecord(folder) !== undefined)
    throw new ServiceError(
      'configuration_invalid',
      `the database of ${folder} is gone: put procura.db back, or restore a backup with "procura restore"`,
    )
}

/**
 * @throws ServiceError `configuration_invalid` if the database has fewer events than it had: it is an
 *   older copy, or its write-ahead log was lost, and revocations with it.
 */
export function checkNotOlder(folder: string, auditEvents: number): void {
  const recorded = readFolderRecord(folder) ?? 0
  if (auditEvents < recorded)
    throw new ServiceError(
      'configuration_invalid',
      `the database in ${folder} is older than it was: its audit log has ${auditEvents} events, and had ${recorded}. Put the newest procura.db and procura.db-wal back; if they are lost, move this file out of the folder and restore it with "procura restore --from", which revokes what may have been revoked since`,
    )
}
