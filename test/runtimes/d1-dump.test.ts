import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { readD1Dump, writeD1Dump } from '../../src/adapters/storage/d1-dump.ts'

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

test('what is written for D1 reads back as it was, whatever stands in it', () => {
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

test('no statement is longer than D1 takes, and a file larger than what is read at once is read whole', () => {
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
  ['ATTACH DATABASE "elsewhere" AS other;', 'is no export of D1'],
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

test('a file that is not there is named', () => {
  const file = join(temporary(), 'sql')

  expect(() => readD1Dump(file, `${file}.db`)).toThrow(
    expect.objectContaining({ code: 'configuration_invalid', detail: `there is no ${file}` }),
  )
})
