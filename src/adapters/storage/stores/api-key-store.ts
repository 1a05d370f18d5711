import type { ApiKey, ApiKeyStore, KeyHolder, Scope } from '../../../directory/api-key.ts'
import {
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import { takeTurn } from './directory-turn.ts'
import { pageOf } from './page.ts'

interface ApiKeyRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly holder_kind: string
  readonly holder_id: Uint8Array
  readonly scopes: string
  readonly digest: Uint8Array
  readonly made_by: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly revoked_at: number | null
}

const apiKey = (row: ApiKeyRow): ApiKey => ({
  id: idText(row.id),
  name: row.name,
  holder: { kind: row.holder_kind as KeyHolder['kind'], id: idText(row.holder_id) },
  scopes: row.scopes.split(' ') as Scope[],
  digest: row.digest,
  madeBy: row.made_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

/** A live administrator key. */
const administers = (now: number): Statement =>
  sql`(' ' || k.scopes || ' ') LIKE '% administrator %' AND k.revoked_at IS NULL AND k.expires_at > ${now}`

const listHeld = (person: Id): Statement =>
  sql`k.holder_kind = 'person' AND k.holder_id = ${idBytes(person)}`

/**
 * Finds the holder of a key, if it may act. Authentication and the issue of keys use the same
 * condition.
 */
const acting: Readonly<Record<KeyHolder['kind'], (id: Statement) => Statement>> = {
  person: (id) => sql`SELECT 1 FROM people WHERE id = ${id} AND state = 'active'`,
  system: (id) => sql`SELECT 1 FROM systems WHERE id = ${id}`,
  agent: (id) => sql`SELECT 1 FROM agents WHERE id = ${id} AND state = 'active'`,
}
const ofKey = sql`holder_id`

const keepMaker = ({ holder, madeBy }: Pick<ApiKey, 'holder' | 'madeBy'>): readonly Write[] =>
  madeBy === null
    ? []
    : [
        sql`INSERT INTO api_key_makers (holder_id, maker) VALUES (${idBytes(holder.id)}, ${madeBy})
          ON CONFLICT DO NOTHING`,
      ]

export function makeApiKeyStore(database: Database): ApiKeyStore {
  return {
    async find(id) {
      const [row] = await database.read<ApiKeyRow>(
        sql`SELECT * FROM api_keys WHERE id = ${idBytes(id)}`,
      )
      return row && apiKey(row)
    },
    async findOfActing(id) {
      const [row] = await database.read<ApiKeyRow>(
        sql`SELECT * FROM api_keys WHERE id = ${idBytes(id)} AND (
          holder_kind = 'person' AND EXISTS (${acting.person(ofKey)})
          OR holder_kind = 'system' AND EXISTS (${acting.system(ofKey)})
          OR holder_kind = 'agent' AND EXISTS (${acting.agent(ofKey)}))`,
      )
      return row && apiKey(row)
    },
    mustAct: ({ kind, id }) =>
      sql`INSERT INTO guards (holder_acts) SELECT 0
        WHERE NOT EXISTS (${acting[kind](sql`${idBytes(id)}`)} /* FOR KEY SHARE */)`,
    async list(page) {
      return (
        await database.read<ApiKeyRow>(sql`SELECT * FROM api_keys WHERE ${pageOf(page)}`)
      ).map(apiKey)
    },
    add: (key) => [
      sql`INSERT INTO api_keys (id, name, holder_kind, holder_id, scopes, digest, made_by, created_at, expires_at)
        VALUES (${idBytes(key.id)}, ${key.name}, ${key.holder.kind}, ${idBytes(key.holder.id)},
          ${key.scopes.join(' ')}, ${key.digest}, ${key.madeBy}, ${key.createdAt}, ${key.expiresAt})`,
      ...keepMaker(key),
    ],
    replaceSecret: ({ id, holder, digest, expiresAt, madeBy }) => [
      sql`INSERT INTO guards (api_key_live) SELECT 0
        WHERE NOT EXISTS (SELECT 1 FROM api_keys WHERE id = ${idBytes(id)} AND revoked_at IS NULL /* FOR UPDATE */)`,
      sql`UPDATE api_keys SET digest = ${digest}, expires_at = ${expiresAt}, made_by = ${madeBy}
        WHERE id = ${idBytes(id)}`,
      ...keepMaker({ holder, madeBy }),
    ],
    async liveMakers(holders, now) {
      const makers = new Set<string>()
      for (const holder of holders)
        for (const { made_by } of await database.read<{ made_by: string }>(
          sql`SELECT DISTINCT made_by FROM api_keys WHERE holder_id = ${idBytes(holder)}
            AND made_by IS NOT NULL AND revoked_at IS NULL AND expires_at > ${now}`,
        ))
          makers.add(made_by)
      return [...makers]
    },
    async makersOf(holder) {
      const rows = await database.read<{ maker: string }>(
        sql`SELECT maker FROM api_key_makers WHERE holder_id = ${idBytes(holder)} ORDER BY maker`,
      )
      return rows.map(({ maker }) => maker)
    },
    revoke: (id, at) =>
      sql`UPDATE api_keys SET revoked_at = ${at} WHERE id = ${idBytes(id)} AND revoked_at IS NULL`,
    revokeAllOf: ({ id }, at) =>
      sql`UPDATE api_keys SET revoked_at = ${at} WHERE holder_id = ${idBytes(id)} AND revoked_at IS NULL`,
    async administers(person, now) {
      const rows = await database.read(
        sql`SELECT 1 FROM api_keys k WHERE ${listHeld(person)} AND ${administers(now)} LIMIT 1`,
      )
      return rows.length > 0
    },
    mustLeaveAdministrator(ending, now) {
      const ended = 'key' in ending ? sql`k.id = ${idBytes(ending.key)}` : listHeld(ending.person)
      return [
        takeTurn,
        sql`INSERT INTO guards (last_administrator) SELECT 0
          WHERE EXISTS (SELECT 1 FROM api_keys k WHERE ${ended} AND ${administers(now)})
            AND NOT EXISTS (
              SELECT 1 FROM api_keys k JOIN people p ON p.id = k.holder_id
              WHERE NOT (${ended}) AND ${administers(now)}
                AND k.holder_kind = 'person' AND p.state = 'active')`,
      ]
    },
  }
}
