import { type Database, type Row, sql } from '../../../foundation/database.ts'
import type { InvalidationStore } from '../../../foundation/invalidation.ts'

interface GenerationRow extends Row {
  readonly generation: number
}

export function makeInvalidationStore(database: Database): InvalidationStore {
  return {
    async generation() {
      const [row] = await database.read<GenerationRow>(
        sql`SELECT generation FROM invalidations WHERE id = 1`,
      )
      return row?.generation ?? 0
    },
    raise: () =>
      sql`INSERT INTO invalidations (id, generation) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET generation = invalidations.generation + 1`,
  }
}
