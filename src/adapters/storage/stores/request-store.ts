import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import { type Milliseconds, replayMemory } from '../../../foundation/time.ts'
import type { RequestStore } from '../../../presentation/capabilities.ts'

interface AnswerRow extends Row {
  readonly request_digest: Uint8Array
  readonly answer: string
}

/** The mark moves at most this far each time; every node moves it once a minute. */
const longestStep: Milliseconds = 120_000

/** Records of what may happen only once: spent challenges and answered requests. */
export function makeRequestStore(database: Database): RequestStore {
  return {
    spend: ({ nonce, expiresAt }) =>
      sql`INSERT INTO spent_challenges (nonce, expires_at, forgotten) VALUES (${nonce}, ${expiresAt},
        (SELECT 1 FROM cursors WHERE name = 'forgotten' AND position >= ${expiresAt}))`,
    async answered(digest, now) {
      const [row] = await database.read<AnswerRow>(
        sql`SELECT request_digest, answer FROM idempotency_keys WHERE digest = ${digest} AND expires_at > ${now}`,
      )
      return row && { requestDigest: row.request_digest, answer: row.answer }
    },
    // An expired answer is replaced; a live one violates the constraint.
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
    async moveForgetting(now) {
      const [row] = await database.read<{ position: number }>(
        sql`SELECT position FROM cursors WHERE name = 'forgetting'`,
      )
      const target = now - replayMemory
      const mark = row ? Math.min(target, row.position + longestStep) : target
      // Committed before anything is deleted, so that a record is never gone while its repetition
      // is accepted.
      await database.commit([
        sql`INSERT INTO cursors (name, position) VALUES ('forgetting', ${mark})
          ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
        // If nothing is deleted, nothing is forgotten: a first start under a wrong clock refuses
        // nobody later.
        sql`INSERT INTO cursors (name, position) SELECT 'forgotten', CAST(${mark} AS BIGINT)
          WHERE EXISTS (SELECT 1 FROM spent_challenges WHERE expires_at <= ${mark})
            OR EXISTS (SELECT 1 FROM meters WHERE expires_at <= ${mark})
            OR EXISTS (SELECT 1 FROM duties WHERE valid_until <= ${mark})
          ON CONFLICT (name) DO UPDATE SET position = CASE WHEN excluded.position > cursors.position
            THEN excluded.position ELSE cursors.position END`,
      ])
      return mark
    },
    async deleteExpired(mark) {
      await database.commit([
        sql`DELETE FROM spent_challenges WHERE expires_at <= ${mark}`,
        sql`DELETE FROM idempotency_keys WHERE expires_at <= ${mark}`,
      ])
    },
  }
}
