import type { CursorStore } from '../../../audit/cursor-store.ts'
import { type Database, sql } from '../../../foundation/database.ts'

export function makeCursorStore(database: Database): CursorStore {
  return {
    async position(subscriber) {
      const [row] = await database.read<{ position: number }>(
        sql`SELECT position FROM cursors WHERE name = ${subscriber}`,
      )
      return row?.position ?? 0
    },
    advance: (subscriber, from, to) => [
      sql`INSERT INTO cursors (name, position) VALUES (${subscriber}, 0) ON CONFLICT DO NOTHING`,
      sql`INSERT INTO guards (cursor_there) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM cursors WHERE name = ${subscriber} AND position = ${from} /* FOR UPDATE */)`,
      sql`UPDATE cursors SET position = ${to} WHERE name = ${subscriber}`,
    ],
    mustHaveRoom: (subscriber, prefix, most) =>
      sql`INSERT INTO guards (stream_room) SELECT 0
        WHERE NOT EXISTS (SELECT 1 FROM cursors WHERE name = ${subscriber})
          AND ${most} <= (SELECT COUNT(*) FROM cursors WHERE name LIKE ${`${prefix}%`})`,
    remove: (subscriber) => sql`DELETE FROM cursors WHERE name = ${subscriber}`,
  }
}
