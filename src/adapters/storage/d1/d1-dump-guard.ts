import { constants, type DatabaseSync } from 'node:sqlite'

/** An export says what tables there are and what is in them, and nothing else. */
const expected =
  /^(?:PRAGMA\s+defer_foreign_keys\b|CREATE\s+TABLE\b|CREATE\s+(?:UNIQUE\s+)?INDEX\b|INSERT\s+INTO\b|DELETE\s+FROM\s+sqlite_sequence\s*;?\s*$)/i
/** Rows come from values that are written out, never from another table. */
const computed = /\b(?:SELECT|WITH|RETURNING)\b/i

/**
 * What can hide a semicolon or a word, and the semicolon. What is not closed yet matches nothing but
 * its opening, in a group of its own. SQLite quotes names in four ways.
 */
export const sqlToken =
  /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*\n|\/\*[\s\S]*?\*\/|(['"`[]|--|\/\*)|;/g

/** Whether a statement is one of those that an export consists of. */
export function isOfExport(statement: string): boolean {
  const bare = statement.replaceAll(sqlToken, (found) => (found === ';' ? ';' : ' _ ')).trim()
  return expected.test(bare) && !computed.test(bare)
}

/** How lines come to be written in an export, and what indexes and constraints compute. */
const functions = new Set([
  'replace',
  'char',
  'unistr',
  'coalesce',
  'like',
  'length',
  'lower',
  'substr',
])
const own = new Set(['sqlite_master', 'sqlite_sequence'])

/**
 * What SQLite itself may be asked for while an export is read. The text was looked at before, but it
 * is SQLite that says what it means. SELECT is how it takes several rows of values.
 */
const allowed: Readonly<Record<number, (name: string | null, detail: string | null) => boolean>> = {
  [constants.SQLITE_CREATE_TABLE]: () => true,
  [constants.SQLITE_CREATE_INDEX]: () => true,
  [constants.SQLITE_REINDEX]: () => true,
  [constants.SQLITE_INSERT]: () => true,
  [constants.SQLITE_READ]: () => true,
  [constants.SQLITE_SELECT]: () => true,
  [constants.SQLITE_UPDATE]: (table) => own.has(table ?? ''),
  [constants.SQLITE_DELETE]: (table) => own.has(table ?? ''),
  [constants.SQLITE_PRAGMA]: (pragma) => pragma?.toLowerCase() === 'defer_foreign_keys',
  [constants.SQLITE_FUNCTION]: (_, name) => functions.has(name?.toLowerCase() ?? ''),
}

/** Lets the database do what an export needs, and nothing else: no other file, no trigger, no extension. */
export function guardDatabase(database: DatabaseSync): void {
  database.setAuthorizer((action, name, detail) =>
    allowed[action]?.(name, detail) ? constants.SQLITE_OK : constants.SQLITE_DENY,
  )
}
