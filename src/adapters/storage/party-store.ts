import type { Person, PersonStore, System, SystemStore } from '../../agent/party.ts'
import { type Database, type Row, sql } from '../../database.ts'
import { idBytes, idText } from '../../id.ts'
import { pageOf } from './page.ts'

interface PersonRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly email: string | null
  readonly created_at: number
}

const person = (row: PersonRow): Person => ({
  id: idText(row.id),
  name: row.name,
  email: row.email,
  createdAt: row.created_at,
})

export function makePersonStore(database: Database): PersonStore {
  return {
    async find(id) {
      const [row] = await database.read<PersonRow>(
        sql`SELECT * FROM people WHERE id = ${idBytes(id)}`,
      )
      return row && person(row)
    },
    async list(page) {
      return (await database.read<PersonRow>(sql`SELECT * FROM people WHERE ${pageOf(page)}`)).map(
        person,
      )
    },
    add: ({ id, name, email, createdAt }) =>
      sql`INSERT INTO people (id, name, email, created_at) VALUES (${idBytes(id)}, ${name}, ${email}, ${createdAt})`,
  }
}

interface SystemRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly audiences: string
  readonly created_at: number
}

const system = (row: SystemRow): System => ({
  id: idText(row.id),
  name: row.name,
  audiences: JSON.parse(row.audiences),
  createdAt: row.created_at,
})

export function makeSystemStore(database: Database): SystemStore {
  return {
    async find(id) {
      const [row] = await database.read<SystemRow>(
        sql`SELECT * FROM systems WHERE id = ${idBytes(id)}`,
      )
      return row && system(row)
    },
    async list(page) {
      return (await database.read<SystemRow>(sql`SELECT * FROM systems WHERE ${pageOf(page)}`)).map(
        system,
      )
    },
    add: ({ id, name, audiences, createdAt }) =>
      sql`INSERT INTO systems (id, name, audiences, created_at)
        VALUES (${idBytes(id)}, ${name}, ${JSON.stringify(audiences)}, ${createdAt})`,
  }
}
