import type { Person, PersonStore, System, SystemStore } from '../../../directory/party.ts'
import {
  allOf,
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import { makeHumanStore } from './human-store.ts'
import { pageOf, windowOf } from './page.ts'

interface PersonRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly email: string | null
  readonly roles: string
  readonly state: string
  readonly identity_of: Uint8Array | null
  readonly created_by: string | null
  readonly delegate_id: Uint8Array | null
  readonly delegate_until: number | null
  readonly user_name: string | null
  readonly external_id: string | null
  readonly created_at: number
}

const person = (row: PersonRow): Person => ({
  id: idText(row.id),
  name: row.name,
  email: row.email,
  roles: JSON.parse(row.roles) as readonly string[],
  state: row.state as Person['state'],
  identityOf: row.identity_of && idText(row.identity_of),
  createdBy: row.created_by,
  delegate: row.delegate_id && idText(row.delegate_id),
  delegateUntil: row.delegate_until,
  userName: row.user_name,
  externalId: row.external_id,
  createdAt: row.created_at,
})

const mustBeActive = (id: Id): Write =>
  sql`INSERT INTO guards (person_active) SELECT 0 WHERE NOT EXISTS (
    SELECT 1 FROM people WHERE id = ${idBytes(id)} AND state = 'active' /* FOR UPDATE */)`

const mustBeUnchanged = (p: Person): Write => {
  const isAsRead = allOf([
    sql`id = ${idBytes(p.id)} AND name = ${p.name} AND roles = ${JSON.stringify(p.roles)}`,
    isAs(sql`email`, p.email),
    isAs(sql`user_name`, p.userName),
    isAs(sql`external_id`, p.externalId),
    isAs(sql`delegate_id`, p.delegate && idBytes(p.delegate)),
    isAs(sql`delegate_until`, p.delegateUntil),
  ])
  return sql`INSERT INTO guards (person_unchanged) SELECT 0 WHERE NOT EXISTS (
    SELECT 1 FROM people WHERE ${isAsRead})`
}

const isAs = (column: Statement, value: SqlValue): Statement =>
  value === null ? sql`${column} IS NULL` : sql`${column} = ${value}`

const mustHaveRoles: PersonStore['mustHaveRoles'] = (id, roles) =>
  sql`INSERT INTO guards (person_active) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM people WHERE id = ${idBytes(id)} AND state = 'active'
          AND roles = ${JSON.stringify(roles)} /* FOR KEY SHARE */)`

export function makePersonStore(database: Database): PersonStore {
  const all = async (condition: Statement) =>
    (await database.read<PersonRow>(sql`SELECT * FROM people WHERE ${condition}`)).map(person)
  const one = async (condition: Statement) => (await all(condition))[0]
  return {
    ...makeHumanStore(database, all),
    find: (id) => one(sql`id = ${idBytes(id)}`),
    findByUserName: (userName) => one(sql`user_name = ${userName}`),
    list: (page) => all(pageOf(page)),
    window: ({ userName, externalId } = {}, offset, limit) =>
      windowOf<PersonRow, Person>(
        database,
        sql`people`,
        allOf([
          sql`NOT (state = 'left' AND user_name IS NULL)`,
          userName === undefined ? undefined : sql`user_name = ${userName}`,
          externalId === undefined ? undefined : sql`external_id = ${externalId}`,
        ]),
        { offset, limit },
        person,
      ),
    delegatingTo: (id, now) =>
      all(sql`delegate_id = ${idBytes(id)} AND delegate_until > ${now} AND state = 'active'`),
    mustHaveRoles,
    add: (p) =>
      sql`INSERT INTO people (id, name, email, roles, state, identity_of, created_by, delegate_id, delegate_until,
          user_name, external_id, created_at)
        VALUES (${idBytes(p.id)}, ${p.name}, ${p.email}, ${JSON.stringify(p.roles)}, ${p.state},
          ${p.identityOf && idBytes(p.identityOf)}, ${p.createdBy}, ${p.delegate && idBytes(p.delegate)},
          ${p.delegateUntil}, ${p.userName}, ${p.externalId}, ${p.createdAt})`,
    update: (p, before) => [
      // Locked first, so that later statements see concurrent changes.
      mustBeActive(p.id),
      mustBeUnchanged(before),
      sql`UPDATE people SET name = ${p.name}, email = ${p.email}, roles = ${JSON.stringify(p.roles)},
          delegate_id = ${p.delegate && idBytes(p.delegate)}, delegate_until = ${p.delegateUntil},
          user_name = ${p.userName}, external_id = ${p.externalId}
        WHERE id = ${idBytes(p.id)}`,
    ],
    unname: (id) =>
      sql`UPDATE people SET user_name = NULL, external_id = NULL WHERE id = ${idBytes(id)}`,
    erase: ({ id, name, email, userName, externalId }, now) => [
      sql`UPDATE people SET name = ${name}, email = ${email}, user_name = ${userName},
          external_id = ${externalId}, erasing_since = ${now} WHERE id = ${idBytes(id)}`,
      sql`DELETE FROM mailboxes WHERE person_id = ${idBytes(id)}`,
    ],
    async erasing(before, limit) {
      const rows = await database.read<PersonRow>(
        sql`SELECT id FROM people WHERE erasing_since IS NOT NULL AND erasing_since <= ${before} LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    endErasing: (id) => sql`UPDATE people SET erasing_since = NULL WHERE id = ${idBytes(id)}`,
    leave: (id) => [
      mustBeActive(id),
      sql`UPDATE people SET state = 'left', delegate_id = NULL WHERE id = ${idBytes(id)}`,
    ],
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
