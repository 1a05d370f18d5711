import type { HandOver, HandOverStore } from '../../../directory/hand-over.ts'
import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import { pageOf } from './page.ts'

interface HandOverRow extends Row {
  readonly id: Uint8Array
  readonly agent_id: Uint8Array
  readonly from_id: Uint8Array
  readonly to_id: Uint8Array
  readonly owner_id: Uint8Array
  readonly deputy_id: Uint8Array | null
  readonly offered_by: string
  readonly created_at: number
  readonly expires_at: number
}

const handOver = (row: HandOverRow): HandOver => ({
  id: idText(row.id),
  agentId: idText(row.agent_id),
  from: idText(row.from_id),
  to: idText(row.to_id),
  owner: idText(row.owner_id),
  deputy: row.deputy_id && idText(row.deputy_id),
  offeredBy: row.offered_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

export function makeHandOverStore(database: Database): HandOverStore {
  const read = async (rest: Statement) =>
    (await database.read<HandOverRow>(sql`SELECT * FROM hand_overs WHERE ${rest}`)).map(handOver)
  return {
    find: async (agentId, now) =>
      (await read(sql`agent_id = ${idBytes(agentId)} AND expires_at > ${now}`))[0],
    list: ({ person }, page, now) =>
      read(
        pageOf(
          page,
          sql`expires_at > ${now}`,
          person && sql`(to_id = ${idBytes(person)} OR from_id = ${idBytes(person)})`,
        ),
      ),
    offer: (h) =>
      sql`INSERT INTO hand_overs (agent_id, id, from_id, to_id, owner_id, deputy_id, offered_by, created_at, expires_at)
        VALUES (${idBytes(h.agentId)}, ${idBytes(h.id)}, ${idBytes(h.from)}, ${idBytes(h.to)}, ${idBytes(h.owner)},
          ${h.deputy && idBytes(h.deputy)}, ${h.offeredBy}, ${h.createdAt}, ${h.expiresAt})
        ON CONFLICT (agent_id) DO UPDATE SET id = excluded.id, from_id = excluded.from_id, to_id = excluded.to_id,
          owner_id = excluded.owner_id, deputy_id = excluded.deputy_id, offered_by = excluded.offered_by,
          created_at = excluded.created_at, expires_at = excluded.expires_at`,
    settle: ({ id, agentId }) => [
      sql`INSERT INTO guards (hand_over_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM hand_overs WHERE agent_id = ${idBytes(agentId)} AND id = ${idBytes(id)} /* FOR UPDATE */)`,
      sql`DELETE FROM hand_overs WHERE agent_id = ${idBytes(agentId)}`,
    ],
    drop: (agentId) => sql`DELETE FROM hand_overs WHERE agent_id = ${idBytes(agentId)}`,
    async deleteExpired(mark) {
      await database.commit([sql`DELETE FROM hand_overs WHERE expires_at <= ${mark}`])
    },
  }
}
