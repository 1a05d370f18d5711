import { type Database, type Row, sql } from '../../database.ts'
import type { RequestStore } from '../../deps.ts'
import { idBytes, idText } from '../../id.ts'

interface AnswerRow extends Row {
  readonly request_digest: Uint8Array
  readonly answer: string
}

/** What may happen only once: challenges that were spent, and requests that were answered. */
export function makeRequestStore(database: Database): RequestStore {
  return {
    spend: ({ nonce, expiresAt }) =>
      sql`INSERT INTO spent_challenges (nonce, expires_at) VALUES (${nonce}, ${expiresAt})`,
    async answered(digest, now) {
      const [row] = await database.read<AnswerRow>(
        sql`SELECT request_digest, answer FROM idempotency_keys WHERE digest = ${digest} AND expires_at > ${now}`,
      )
      return row && { requestDigest: row.request_digest, answer: row.answer }
    },
    // An expired answer makes way; one that is live meets the constraint.
    answer: (digest, { requestDigest, answer }, now, expiresAt) => [
      sql`DELETE FROM idempotency_keys WHERE digest = ${digest} AND expires_at <= ${now}`,
      sql`INSERT INTO idempotency_keys (digest, request_digest, answer, expires_at)
        VALUES (${digest}, ${requestDigest}, ${answer}, ${expiresAt})`,
    ],
    restored: (id, at) => sql`INSERT INTO restorations (id, at) VALUES (${idBytes(id)}, ${at})`,
    async lastRestoration() {
      const [row] = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM restorations ORDER BY at DESC, id DESC LIMIT 1`,
      )
      return row && idText(row.id)
    },
    async forgetExpired(now) {
      await database.commit([
        sql`DELETE FROM spent_challenges WHERE expires_at <= ${now}`,
        sql`DELETE FROM idempotency_keys WHERE expires_at <= ${now}`,
      ])
    },
  }
}
