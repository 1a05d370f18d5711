import { constants, type DatabaseSync } from 'node:sqlite'

/** An export creates tables and fills them, and nothing else. */
const expected =
  /^(?:PRAGMA\s+defer_foreign_keys\b|CREATE\s+TABLE\b|CREATE\s+(?:UNIQUE\s+)?INDEX\b|INSERT\s+INTO\b|DELETE\s+FROM\s+sqlite_sequence\s*;?\s*$)/i
/** Rows consist of literal values, never of another table. */
const computed = /\b(?:SELECT|WITH|RETURNING)\b/i

/**
 * Everything that can hide a semicolon or a word, and the semicolon. An unterminated item matches
 * only its opening, in a group of its own. SQLite has four kinds of quotes for names.
 */
export const sqlToken =
  /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*\n|\/\*[\s\S]*?\*\/|(['"`[]|--|\/\*)|;/g

/** Whether a statement is one of those in an export. */
export function isOfExport(statement: string): boolean {
  const bare = statement.replaceAll(sqlToken, (found) => (found === ';' ? ';' : ' _ ')).trim()
  return expected.test(bare) && !computed.test(bare)
}

/** Functions in exported lines, and those that indexes and constraints use. */
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
 * What SQLite may do while an export is read. The text has been checked, but SQLite decides what it
 * means. It uses SELECT for several rows of values.
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

/** Permits the database only what an export needs: no other file, no trigger, no extension. */
export function guardDatabase(database: DatabaseSync): void {
  database.setAuthorizer((action, name, detail) =>
    allowed[action]?.(name, detail) ? constants.SQLITE_OK : constants.SQLITE_DENY,
  )
}
