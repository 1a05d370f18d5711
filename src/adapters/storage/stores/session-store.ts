import type { Did } from '../../../did/syntax.ts'
import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { JsonObject } from '../../../foundation/json.ts'
import type { Session, SessionStore } from '../../../permission/session.ts'

interface SessionRow extends Row {
  readonly id: Uint8Array
  readonly actor: string
  readonly audience: string
  readonly holder: string
  readonly credentials: string
  readonly created_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

const session = (row: SessionRow): Session => ({
  id: idText(row.id),
  actor: row.actor,
  audience: row.audience as Did,
  holder: row.holder as Did,
  credentials: JSON.parse(row.credentials) as readonly JsonObject[],
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  endedAt: row.ended_at,
})

export function makeSessionStore(database: Database): SessionStore {
  return {
    async find(id) {
      const [row] = await database.read<SessionRow>(
        sql`SELECT * FROM sessions WHERE id = ${idBytes(id)}`,
      )
      return row && session(row)
    },
    add: ({ id, actor, audience, holder, credentials, createdAt, expiresAt }) =>
      sql`INSERT INTO sessions (id, actor, audience, holder, credentials, created_at, expires_at)
        VALUES (${idBytes(id)}, ${actor}, ${audience}, ${holder}, ${JSON.stringify(credentials)},
          ${createdAt}, ${expiresAt})`,
    end: (id, at) =>
      sql`UPDATE sessions SET ended_at = ${at} WHERE id = ${idBytes(id)} AND ended_at IS NULL`,
    endAll: (at) => sql`UPDATE sessions SET ended_at = ${at} WHERE ended_at IS NULL`,
    endAllOf: ({ id, did }, at) =>
      sql`UPDATE sessions SET ended_at = ${at} WHERE ended_at IS NULL
        AND (holder = ${did ?? ''} OR actor = ${`agent:${id}`})`,
    async deleteExpired(mark) {
      await database.commit([sql`DELETE FROM sessions WHERE expires_at <= ${mark}`])
    },
  }
}
