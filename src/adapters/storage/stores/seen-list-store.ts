import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { type Milliseconds, replayMemory } from '../../../foundation/time.ts'
import { type ListName, type SeenListStore, seenListMemory } from '../../../status/newest-lists.ts'

interface SeenRow extends Row {
  readonly made_at: number
  readonly stale_at: number
}

export interface StoredSeenLists extends SeenListStore {
  /** @param mark see RequestStore: an hour behind every clock. */
  deleteExpired(mark: Milliseconds): Promise<void>
}

/** The newest version of each foreign list that any node has seen. */
export function makeSeenListStore(database: Database): StoredSeenLists {
  const find = async ({ issuer, list }: ListName) => {
    const [row] = await database.read<SeenRow>(
      sql`SELECT made_at, stale_at FROM seen_lists WHERE issuer = ${issuer} AND list = ${list}`,
    )
    return row && { madeAt: row.made_at, staleAt: row.stale_at }
  }
  return {
    async newest(name, seen) {
      const known = await find(name)
      if (known && known.madeAt >= seen.madeAt) return known
      await database.commit([
        sql`INSERT INTO seen_lists (issuer, list, made_at, stale_at)
          VALUES (${name.issuer}, ${name.list}, ${seen.madeAt}, ${seen.staleAt})
          ON CONFLICT (issuer, list) DO UPDATE SET made_at = excluded.made_at, stale_at = excluded.stale_at
          WHERE excluded.made_at > seen_lists.made_at`,
      ])
      // Another node may have noted a newer version in between.
      return (await find(name)) ?? seen
    },
    async deleteExpired(mark) {
      const oldest = mark + replayMemory - seenListMemory
      await database.commit([sql`DELETE FROM seen_lists WHERE made_at <= ${oldest}`])
    },
  }
}
