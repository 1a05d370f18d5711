import { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../../foundation/errors.ts'

/** Whose index decides who is let in: what an index does not list is not revoked, or not spent. */
const deciding = ['status_causes', 'api_keys', 'spent_challenges']

/** SQLITE_CANTOPEN. */
const cannotOpen = 14
/** The primary result codes of SQLite that say that the contents of the file are wrong. */
const damaged = [11, 26]
/** What the other ones say, in one sentence each. */
const advice: Readonly<Record<number, string>> = {
  8: 'it is read-only: give this user the right to write it, on a disk that is mounted for writing',
  10: 'the disk cannot be read or written: free space, and look at the disk',
  13: 'the disk is full: free space',
}

/**
 * Checks the pages of a SQLite file.
 *
 * @param depth `at start` checks the structure, and the indexes that decide; `whole` checks that all
 *   indexes and tables agree.
 * @throws ServiceError `configuration_invalid` if the file is corrupt or cannot be opened.
 */
export function checkIntegrity(file: string, depth: 'at start' | 'whole'): void {
  const refuse = (why: string) =>
    new ServiceError('configuration_invalid', `the database ${file} ${why}`)
  let told: string
  try {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    try {
      told = firstFlaw(database, depth)
    } finally {
      database.close()
    }
  } catch (error) {
    const { errcode = 0, message } = error as Error & { readonly errcode?: number }
    const code = errcode & 0xff
    if (code === cannotOpen) throw refuse('cannot be opened')
    if (!damaged.includes(code))
      throw refuse(`cannot be used (${message}): ${advice[code] ?? 'look at the file'}`)
    told = message
  }
  if (told !== 'ok') throw refuse(`is damaged (${told}): restore a backup`)
}

function firstFlaw(database: DatabaseSync, depth: 'at start' | 'whole'): string {
  const check = (pragma: string): string =>
    Object.values(database.prepare(`PRAGMA ${pragma}`).get() as Record<string, string>)[0]!
  if (depth === 'whole') return check('integrity_check(1)')
  const flaw = check('quick_check(1)')
  if (flaw !== 'ok') return flaw
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const there = new Set(tables.map((row) => row.name))
  return (
    deciding
      .filter((table) => there.has(table))
      .map((table) => check(`integrity_check(${table})`))
      .find((told) => told !== 'ok') ?? 'ok'
  )
}
