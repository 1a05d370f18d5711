import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StringDecoder } from 'node:string_decoder'
import { ServiceError } from '../../../foundation/errors.ts'
import type { Migration } from '../migration.ts'
import { guardDatabase, isOfExport, sqlToken } from './d1-dump-guard.ts'

/** D1 accepts statements of at most 100,000 bytes. */
const longestStatement = 90_000

/**
 * Reads the output of `wrangler d1 export` into a new SQLite file, and turns wrangler's record of
 * migrations into ours.
 *
 * @throws ServiceError `configuration_invalid` if the file is not an export of a Procura database.
 */
export function readD1Dump(dump: string, file: string): void {
  if (!existsSync(dump)) throw wrong(`the file ${dump} does not exist`)
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA synchronous = OFF; BEGIN')
    guardDatabase(database)
    for (const statement of statementsIn(dump)) {
      if (!isOfExport(statement)) throw wrong(`${dump} is not an export of D1`)
      // Only the first statement is prepared, even if the text turns out to hold several.
      database.prepare(statement).run()
    }
    database.setAuthorizer(null)
    database.exec('CREATE TABLE migrations (name TEXT PRIMARY KEY)')
    database.exec('INSERT INTO migrations (name) SELECT name FROM d1_migrations')
    database.exec('COMMIT')
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw wrong(`${dump} cannot be read (${(error as Error).message})`)
  } finally {
    database.close()
  }
}

/** The statements of a file in order. The file may be larger than memory. */
function* statementsIn(file: string): Generator<string> {
  const source = openSync(file, 'r')
  const decoder = new StringDecoder('utf8')
  const chunk = Buffer.alloc(1 << 20)
  let text = ''
  try {
    for (let length = -1; length !== 0; ) {
      length = readSync(source, chunk)
      text += length > 0 ? decoder.write(chunk.subarray(0, length)) : decoder.end()
      let start = 0
      for (let end = endOfStatement(text, start); end > 0; end = endOfStatement(text, start)) {
        yield text.slice(start, end).trimStart()
        start = end
      }
      text = text.slice(start)
    }
  } finally {
    closeSync(source)
  }
  if (text.trim() !== '') throw wrong(`${file} ends within a statement`)
}

/** End of the statement that begins at `start`; -1 if it has not been read yet. */
function endOfStatement(text: string, start: number): number {
  sqlToken.lastIndex = start
  for (let found = sqlToken.exec(text); found; found = sqlToken.exec(text)) {
    if (found[1] !== undefined) return -1
    if (found[0] === ';') return sqlToken.lastIndex
  }
  return -1
}

/**
 * Writes a SQLite file as SQL, from which `wrangler d1 execute --file` fills an empty D1 database.
 *
 * @param migrations applied to the file; the dump records them for wrangler.
 */
export function writeD1Dump(file: string, dump: string, migrations: readonly Migration[]): void {
  const database = new DatabaseSync(file, { readOnly: true })
  const out = openSync(dump, 'wx', 0o600)
  const write = (line: string) => writeSync(out, `${line}\n`)
  try {
    write('PRAGMA defer_foreign_keys=TRUE;')
    for (const { name, sql } of schemaOf(database, 'table')) {
      if (name === 'migrations' || name === 'd1_migrations') continue
      write(`${sql};`)
      for (const statement of insertsOf(database, name)) write(statement)
    }
    write(
      'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);',
    )
    for (const { name } of migrations)
      write(`INSERT INTO d1_migrations (name) VALUES ('${name.replaceAll("'", "''")}');`)
    for (const { sql } of schemaOf(database, 'index')) write(`${sql};`)
  } finally {
    closeSync(out)
    database.close()
  }
}

/** Statements that create tables and indexes; SQLite and D1 create their own themselves. */
const schemaOf = (database: DatabaseSync, type: 'table' | 'index') =>
  database
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all(type) as unknown as readonly { readonly name: string; readonly sql: string }[]

/** The rows of a table, as many per statement as D1 accepts. */
function* insertsOf(database: DatabaseSync, table: string): Generator<string> {
  const columns = database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => `"${name}"`)
  const rows = database
    .prepare(
      `SELECT ${columns.map((one) => `quote(${one})`).join(` || ',' || `)} AS row FROM "${table}"`,
    )
    .iterate() as Iterable<unknown> as Iterable<{ readonly row: string }>
  const head = `INSERT INTO "${table}" (${columns.join(',')}) VALUES`
  let statement = ''
  let bytes = 0
  for (const { row } of rows) {
    const more = Buffer.byteLength(row) + 4
    if (statement !== '' && bytes + more > longestStatement) {
      yield `${statement};`
      statement = ''
    }
    bytes = statement === '' ? head.length + more : bytes + more
    statement = statement === '' ? `${head}\n(${row})` : `${statement},\n(${row})`
  }
  if (statement !== '') yield `${statement};`
}

const wrong = (detail: string) => new ServiceError('configuration_invalid', detail)
