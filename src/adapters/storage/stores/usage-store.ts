import {
  allOf,
  type Database,
  type Row,
  type Statement,
  sql,
} from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import type { Milliseconds } from '../../../foundation/time.ts'
import type { UsageRecord, UsageStore } from '../../../governance/usage.ts'
import type { GrantTypeName } from '../../../permission/grant-type.ts'

interface UsageRow extends Row {
  readonly agent_id: Uint8Array
  readonly type: string
  readonly action: string
  readonly location: string
  readonly count: number
  readonly last_used_at: number
}

const record = (row: UsageRow): UsageRecord => ({
  agentId: idText(row.agent_id),
  type: row.type as GrantTypeName,
  action: row.action,
  location: row.location,
  count: row.count,
  lastUsedAt: row.last_used_at,
})

export function makeUsageStore(database: Database): UsageStore {
  const read = async (agentId: Id, since: Milliseconds, rest: Statement) =>
    (
      await database.read<UsageRow>(
        sql`SELECT * FROM usage WHERE agent_id = ${idBytes(agentId)} AND last_used_at >= ${since} ${rest}`,
      )
    ).map(record)
  return {
    of: (agentId, since) => read(agentId, since, sql`ORDER BY type, action, location`),
    page: (agentId, since, { after, limit }) =>
      read(
        agentId,
        since,
        sql`AND ${allOf([
          after &&
            sql`(type, action, location) > (${after.type}, ${after.action}, ${after.location})`,
        ])} ORDER BY type, action, location LIMIT ${limit}`,
      ),
    async actionsUsed(since) {
      const rows = await database.read<{ agent_id: Uint8Array; used: number }>(
        sql`SELECT agent_id, COUNT(DISTINCT type || ' ' || action) AS used FROM usage
          WHERE last_used_at >= ${since} GROUP BY agent_id`,
      )
      return new Map(rows.map(({ agent_id, used }) => [idText(agent_id), used]))
    },
    add: ({ agentId, type, action, location, count, lastUsedAt }) =>
      sql`INSERT INTO usage (agent_id, type, action, location, count, last_used_at)
        VALUES (${idBytes(agentId)}, ${type}, ${action}, ${location}, ${count}, ${lastUsedAt})
        ON CONFLICT (agent_id, type, action, location) DO UPDATE SET count = usage.count + excluded.count,
          last_used_at = CASE WHEN excluded.last_used_at > usage.last_used_at
            THEN excluded.last_used_at ELSE usage.last_used_at END`,
  }
}
