import { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../../foundation/errors.ts'

/** SQLITE_CANTOPEN: says nothing about the contents of the file. */
const cannotOpen = 14

/**
 * Checks the pages of a SQLite file.
 *
 * @param depth `quick` checks the structure, `whole` also that indexes and tables agree.
 * @throws ServiceError `configuration_invalid` if the file is corrupt or cannot be opened.
 */
export function checkIntegrity(file: string, depth: 'quick' | 'whole'): void {
  const pragma = depth === 'quick' ? 'quick_check' : 'integrity_check'
  let told: string
  try {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    const row = database.prepare(`PRAGMA ${pragma}(1)`).get() as Record<string, string>
    told = Object.values(row)[0]!
    database.close()
  } catch (error) {
    const { errcode, message } = error as Error & { readonly errcode?: number }
    if (errcode === cannotOpen)
      throw new ServiceError('configuration_invalid', `the database ${file} cannot be opened`)
    told = message
  }
  if (told !== 'ok')
    throw new ServiceError(
      'configuration_invalid',
      `the database ${file} is damaged (${told}): restore a backup`,
    )
}
