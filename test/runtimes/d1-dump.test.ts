import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { readD1Dump, writeD1Dump } from '../../src/adapters/storage/d1/d1-dump.ts'
import { applyMigrations } from '../../src/adapters/storage/sqlite/sqlite-migrate.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'

const migrations = [{ name: '0001_main.sql', sql: '' }]
const schema = `CREATE TABLE things ( -- the table's comment; with a semicolon
  id INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT, bytes BLOB, real_one REAL /* it's; */
)`

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'procura-dump-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const fragments = fc.array(
  fc.constantFrom("'", '"', ';', '--', '/*', '*/', '\n', 'word', 'é', '😀', '\\', ';\n'),
  { maxLength: 12 },
)
const row = fc.record({
  word: fc.option(
    fc.oneof(
      fragments.map((parts) => parts.join('')),
      fc.string({ unit: 'grapheme' }),
    ),
  ),
  bytes: fc.option(fc.uint8Array({ maxLength: 40 })),
  number: fc.option(
    fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })),
  ),
})

test('what is written for D1 is read back unchanged, whatever it contains', () => {
  const folder = temporary()
  let at = 0
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const name = (what: string) => join(folder, `${at}.${what}`)
      at++
      const made = new DatabaseSync(name('db'))
      made.exec(schema)
      made.exec('CREATE INDEX things_by_word ON things (word)')
      const insert = made.prepare('INSERT INTO things (word, bytes, real_one) VALUES (?, ?, ?)')
      for (const { word, bytes, number } of rows)
        insert.run(word?.replaceAll('\0', '') ?? null, bytes, number)
      const written = made.prepare('SELECT * FROM things').all()
      made.close()

      writeD1Dump(name('db'), name('sql'), migrations)
      readD1Dump(name('sql'), name('again.db'))

      const again = new DatabaseSync(name('again.db'))
      expect(again.prepare('SELECT * FROM things').all()).toEqual(written)
      expect(again.prepare('SELECT name FROM migrations').all()).toEqual([
        { name: '0001_main.sql' },
      ])
      expect(
        again
          .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
          .all(),
      ).toEqual([{ name: 'things_by_word' }])
      again.close()
    }),
    { numRuns: 60 },
  )
})

test('no statement is longer than D1 accepts, and a file larger than one read is read completely', () => {
  const folder = temporary()
  const made = new DatabaseSync(join(folder, 'db'))
  made.exec(schema)
  const insert = made.prepare('INSERT INTO things (word) VALUES (?)')
  made.exec('BEGIN')
  for (let i = 0; i < 400; i++) insert.run("it's;".repeat(i * 7))
  made.exec('COMMIT')
  const written = made.prepare('SELECT * FROM things').all()
  made.close()

  writeD1Dump(join(folder, 'db'), join(folder, 'sql'), migrations)
  readD1Dump(join(folder, 'sql'), join(folder, 'again'))

  const text = readFileSync(join(folder, 'sql'), 'utf8')
  expect(text.length).toBeGreaterThan(2 << 20)
  expect(Math.max(...text.split(';\nINSERT').map((one) => one.length))).toBeLessThan(100_000)
  const again = new DatabaseSync(join(folder, 'again'))
  expect(again.prepare('SELECT * FROM things').all()).toEqual(written)
  again.close()
})

test.for([
  ['ATTACH DATABASE "elsewhere" AS other;', 'is not an export of D1'],
  ["INSERT INTO things VALUES ('", 'ends within a statement'],
  ['INSERT INTO things VALUES (1);', 'cannot be read (no such table: things)'],
  ['CREATE TABLE things (id INTEGER);', 'cannot be read (no such table: d1_migrations)'],
] as const)('%s %s', ([text, detail]) => {
  const folder = temporary()
  const file = join(folder, 'sql')
  writeFileSync(file, text)

  expect(() => readD1Dump(file, join(folder, 'db'))).toThrow(
    expect.objectContaining({ code: 'configuration_invalid', detail: `${file} ${detail}` }),
  )
})

test('an export creates tables and inserts rows, and can do nothing else, however it quotes', () => {
  const folder = temporary()
  const outside = join(folder, 'outside')
  const attach = `ATTACH DATABASE '${outside}' AS e;`
  const table = 'CREATE TABLE things (id INTEGER, word TEXT);'
  const attempts = [
    `CREATE TABLE [a'] (x);COMMIT;ATTACH DATABASE [${outside}] AS e;CREATE TABLE e.t (x);CREATE TABLE [b'] (x);`,
    `CREATE TABLE \`a'\` (x);COMMIT;${attach}CREATE TABLE \`b'\` (x);`,
    `CREATE TABLE [a"] (x);COMMIT;${attach}CREATE TABLE [b"] (x);`,
    `CREATE TABLE [a--] (x);COMMIT;${attach}`,
    `CREATE TABLE [a/*] (x);COMMIT;${attach}CREATE TABLE [b*/] (x);`,
    `${table}CREATE TABLE copy AS SELECT * FROM things;`,
    `${table}CREATE TABLE copy AS/**/SELECT 1;`,
    `${table}CREATE TRIGGER t AFTER INSERT ON things BEGIN DELETE FROM things; END;`,
    `${table}CREATE VIEW v AS SELECT 1;`,
    'CREATE VIRTUAL TABLE v USING fts5(x);',
    'CREATE TEMP TABLE t (x);',
    `${table}INSERT INTO things SELECT 1, 'x';`,
    `${table}INSERT INTO things VALUES (1, load_extension('x'));`,
    `${table}INSERT INTO things VALUES (1, (SELECT sql FROM sqlite_master));`,
    `${table}INSERT INTO things VALUES (1, sqlite_version()) ;`,
    "INSERT INTO sqlite_master VALUES ('table', 't', 't', 0, 'CREATE TABLE t (x)');",
    `${table}DELETE FROM sqlite_sequence; DELETE FROM things;`,
    'DELETE FROM sqlite_sequence WHERE name = (SELECT 1);',
    'PRAGMA writable_schema = ON;',
    'PRAGMA defer_foreign_keys = ON; PRAGMA journal_mode = OFF;',
    'CREATE TABLE t (x CHECK (x > random()));',
    `${table}INSERT INTO things (id) VALUES (1) RETURNING id;`,
    `/* ; */ ${attach}`,
    'VACUUM;',
    'REINDEX;',
  ]
  const notes =
    "CREATE TABLE d1_migrations (name TEXT);INSERT INTO d1_migrations VALUES ('0001_main.sql');"
  const answers = attempts.map((attempt, i) => {
    const file = join(folder, `${i}.sql`)
    writeFileSync(file, `${notes}${attempt}`)
    try {
      readD1Dump(file, join(folder, `${i}.db`))
      return `read: ${attempt}`
    } catch (error) {
      return (error as { code?: string }).code
    }
  })

  expect([...new Set(answers)]).toEqual(['configuration_invalid'])
  expect(existsSync(outside)).toBe(false)
})

test('our own schema is read, with every migration', () => {
  const folder = temporary()
  const [made, dump, again] = ['made.db', 'sql', 'again.db'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  applyMigrations(made, loadMigrations())

  writeD1Dump(made, dump, loadMigrations())
  readD1Dump(dump, again)

  const schemaOf = (file: string) => {
    const database = new DatabaseSync(file, { readOnly: true })
    const schema = database
      .prepare(
        "SELECT sql FROM sqlite_master WHERE name NOT LIKE '%migrations%' AND name <> 'sqlite_sequence' ORDER BY name",
      )
      .all()
    database.close()
    return schema
  }
  expect(schemaOf(again)).toEqual(schemaOf(made))
})

test('an export with names quoted in every way is read', () => {
  const folder = temporary()
  const file = join(folder, 'sql')
  writeFileSync(
    file,
    `PRAGMA defer_foreign_keys=TRUE;
CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
INSERT INTO "d1_migrations" VALUES(1,'0001_main.sql','2026-11-01 00:00:00');
CREATE TABLE [a;'] (\`b;"\` TEXT REFERENCES "c;" (id) CHECK (\`b;"\` <> ';'));
CREATE TABLE "c;" (id TEXT PRIMARY KEY);
INSERT INTO [a;'] VALUES ('1'),(NULL);
INSERT INTO "c;" VALUES (replace('1\n','\n',''));
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" VALUES('d1_migrations',1);
CREATE UNIQUE INDEX "i;" ON [a;'] (COALESCE(\`b;"\`, 'none'));
`,
  )

  readD1Dump(file, join(folder, 'db'))

  const made = new DatabaseSync(join(folder, 'db'))
  expect(made.prepare("SELECT * FROM [a;']").all()).toEqual([{ 'b;"': '1' }, { 'b;"': null }])
  expect(made.prepare('SELECT name FROM migrations').all()).toEqual([{ name: '0001_main.sql' }])
  made.close()
})

test('a missing file is named', () => {
  const file = join(temporary(), 'sql')

  expect(() => readD1Dump(file, `${file}.db`)).toThrow(
    expect.objectContaining({
      code: 'configuration_invalid',
      detail: `the file ${file} does not exist`,
    }),
  )
})
