import { expect, test } from 'vitest'
import { ConstraintViolation, type Database, sql } from '../../src/foundation/database.ts'

/** What every storage engine must do. @param open gives a database with the migrations applied, empty. */
export function databaseContract(engine: string, open: () => Promise<Database>): void {
  const id = (n: number) => new Uint8Array(16).fill(n)
  const person = (n: number, name = `person ${n}`) =>
    sql`INSERT INTO people (id, name, created_at) VALUES (${id(n)}, ${name}, ${n})`
  const names = async (database: Database) =>
    (await database.read(sql`SELECT name FROM people ORDER BY created_at`)).map(({ name }) => name)
  const never = sql`INSERT INTO guards (agent_active) SELECT 0 WHERE 1 = 1`

  test(`${engine}: committed values are read back unchanged`, async () => {
    const database = await open()
    await database.commit([person(1, "O'Brien; DROP TABLE people"), person(2, '日本 𝄞')])

    const rows = await database.read(
      sql`SELECT id, name, email, created_at FROM people WHERE created_at = ${1}`,
    )

    expect(rows).toEqual([
      { id: id(1), name: "O'Brien; DROP TABLE people", email: null, created_at: 1 },
    ])
  })

  test(`${engine}: a commit takes effect as a whole or not at all, and names the violated constraint`, async () => {
    const database = await open()
    await database.commit([person(1)])

    const [guarded, doubled] = await Promise.all([
      database.commit([person(2), never]).catch((error: unknown) => error),
      database.commit([person(3), person(1)]).catch((error: unknown) => error),
    ])

    expect(
      [guarded, doubled].map((error) => error instanceof ConstraintViolation && error.constraint),
    ).toEqual(['agent_active', 'people_id'])
    expect(await names(database)).toEqual(['person 1'])
  })

  test(`${engine}: each of several waiting commits has its own outcome`, async () => {
    const database = await open()

    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) =>
        database.commit(i % 10 === 3 ? [person(i + 1), never] : [person(i + 1)]),
      ),
    )

    const failed = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))
    expect(failed).toEqual([3, 13, 23, 33, 43, 53, 63, 73, 83, 93])
    expect(await names(database)).toHaveLength(90)
  })

  test(`${engine}: a write may return rows, in the order of the writes`, async () => {
    const database = await open()

    const rows = await database.commit([
      person(1),
      sql`UPDATE people SET created_at = created_at + ${4} RETURNING created_at`,
      person(2),
    ])

    expect(rows).toEqual([[], [{ created_at: 5 }], []])
  })

  test(`${engine}: of many writers of the same key one succeeds`, async () => {
    const database = await open()
    const spend = () =>
      database.commit([
        sql`INSERT INTO spent_challenges (nonce, expires_at) VALUES (${id(7)}, ${1})`,
      ])

    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, spend))

    const constraints = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as ConstraintViolation).constraint] : [],
    )
    expect(constraints).toEqual(Array(49).fill('spent_challenges_nonce'))
  })

  test(`${engine}: an invalid query fails as a storage error, without the engine’s words`, async () => {
    const database = await open()

    await expect(database.read(sql`SELECT * FROM nowhere`)).rejects.toMatchObject({
      code: 'storage_unreachable',
      detail: 'the database cannot be read',
    })
    await expect(database.commit([sql`INSERT INTO nowhere VALUES (1)`])).rejects.toMatchObject({
      code: 'storage_unreachable',
    })
  })
}
