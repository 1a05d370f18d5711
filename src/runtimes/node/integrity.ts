import { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../../errors.ts'

/**
 * Looks through the pages of a SQLite file.
 *
 * @param depth `quick` looks at the structure, `whole` also at whether indexes and tables agree.
 * @throws ServiceError `configuration_invalid` if pages are torn, or bits have flipped.
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
    told = (error as Error).message
  }
  if (told !== 'ok')
    throw new ServiceError(
      'configuration_invalid',
      `the database ${file} is damaged (${told}): restore a backup`,
    )
}
