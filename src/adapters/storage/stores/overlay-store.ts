import type { Did } from '../../../did/syntax.ts'
import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { JsonArray } from '../../../foundation/json.ts'
import type { Overlay, OverlayStore } from '../../../permission/overlay.ts'
import { pageOf } from './page.ts'

interface OverlayRow extends Row {
  readonly id: Uint8Array
  readonly scope_kind: string
  readonly scope_value: string
  readonly audience: string | null
  readonly grants: string
  readonly reason: string
  readonly created_by: string
  readonly created_at: number
  readonly ends_at: number
  readonly ended_at: number | null
}

const overlay = (row: OverlayRow): Overlay => ({
  id: idText(row.id),
  scope: { kind: row.scope_kind as Overlay['scope']['kind'], value: row.scope_value },
  audience: row.audience as Did | null,
  grants: JSON.parse(row.grants) as JsonArray,
  reason: row.reason,
  createdBy: row.created_by,
  createdAt: row.created_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
})

export function makeOverlayStore(database: Database): OverlayStore {
  return {
    async find(id) {
      const [row] = await database.read<OverlayRow>(
        sql`SELECT * FROM overlays WHERE id = ${idBytes(id)}`,
      )
      return row && overlay(row)
    },
    async list(page) {
      return (
        await database.read<OverlayRow>(sql`SELECT * FROM overlays WHERE ${pageOf(page)}`)
      ).map(overlay)
    },
    async live(now, audience) {
      const forWhom = audience === null ? sql`audience IS NULL` : sql`audience = ${audience}`
      const rows = await database.read<OverlayRow>(
        sql`SELECT * FROM overlays WHERE ended_at IS NULL AND ${forWhom} AND ends_at > ${now}`,
      )
      return rows.map(overlay)
    },
    add: ({ id, scope, audience, grants, reason, createdBy, createdAt, endsAt }, most) => [
      sql`INSERT INTO guards (overlay_room) SELECT 0 WHERE ${most} <= (
        SELECT COUNT(*) FROM overlays
        WHERE ended_at IS NULL AND created_by = ${createdBy} AND ends_at > ${createdAt})`,
      sql`INSERT INTO overlays (id, scope_kind, scope_value, audience, grants, reason, created_by, created_at, ends_at)
        VALUES (${idBytes(id)}, ${scope.kind}, ${scope.value}, ${audience}, ${JSON.stringify(grants)},
          ${reason}, ${createdBy}, ${createdAt}, ${endsAt})`,
    ],
    end: (id, at) => [
      sql`INSERT INTO guards (overlay_live) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM overlays WHERE id = ${idBytes(id)} AND ended_at IS NULL /* FOR UPDATE */)`,
      sql`UPDATE overlays SET ended_at = ${at} WHERE id = ${idBytes(id)}`,
    ],
  }
}
