import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { Closure, ClosureStore } from '../../../governance/segment.ts'

interface ClosureRow extends Row {
  readonly segment: string
  readonly reason: string
  readonly closed_by: string
  readonly closed_at: number
  readonly reopened_by: Uint8Array | null
  readonly proposed_at: number | null
}

const closure = (row: ClosureRow): Closure => ({
  segment: row.segment,
  reason: row.reason,
  closedBy: row.closed_by,
  closedAt: row.closed_at,
  reopenedBy: row.reopened_by && idText(row.reopened_by),
  proposedAt: row.proposed_at,
})

export function makeClosureStore(database: Database): ClosureStore {
  return {
    mustBeOpen: (segment) =>
      sql`INSERT INTO guards (segment_open) SELECT 0 WHERE EXISTS (
        SELECT 1 FROM closures WHERE segment = ${segment})`,
    async list() {
      return (await database.read<ClosureRow>(sql`SELECT * FROM closures ORDER BY segment`)).map(
        closure,
      )
    },
    async find(segment) {
      const [row] = await database.read<ClosureRow>(
        sql`SELECT * FROM closures WHERE segment = ${segment}`,
      )
      return row && closure(row)
    },
    close: ({ segment, reason, closedBy, closedAt, reopenedBy }) =>
      sql`INSERT INTO closures (segment, reason, closed_by, closed_at, reopened_by)
        VALUES (${segment}, ${reason}, ${closedBy}, ${closedAt}, ${reopenedBy && idBytes(reopenedBy)}) ON CONFLICT DO NOTHING`,
    proposeReopening: (segment, by, at) =>
      sql`UPDATE closures SET reopened_by = ${idBytes(by)}, proposed_at = ${at} WHERE segment = ${segment}`,
    reopen: (segment, proposedBy) => [
      sql`INSERT INTO guards (closure_proposed) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM closures WHERE segment = ${segment} AND reopened_by = ${idBytes(proposedBy)} /* FOR UPDATE */)`,
      sql`DELETE FROM closures WHERE segment = ${segment}`,
    ],
  }
}
