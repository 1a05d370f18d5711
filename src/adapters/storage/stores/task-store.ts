import type { Did } from '../../../did/syntax.ts'
import type { TaskRecord, TaskState, TaskStore } from '../../../directory/task.ts'
import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import { pageOf } from './page.ts'

interface TaskRow extends Row {
  readonly id: Uint8Array
  readonly issuer_id: Uint8Array
  readonly purpose: string
  readonly host: string | null
  readonly agents: string
  readonly state: string
  readonly created_at: number
  readonly ends_at: number
  readonly ended_at: number | null
}

const task = (row: TaskRow): TaskRecord => ({
  id: idText(row.id),
  issuerId: idText(row.issuer_id),
  purpose: row.purpose,
  host: row.host as Did | null,
  agents: JSON.parse(row.agents) as TaskRecord['agents'],
  state: row.state as TaskState,
  createdAt: row.created_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
})

export function makeTaskStore(database: Database): TaskStore {
  return {
    async find(id) {
      const [row] = await database.read<TaskRow>(sql`SELECT * FROM tasks WHERE id = ${idBytes(id)}`)
      return row && task(row)
    },
    async list({ state }, page) {
      const where = pageOf(page, state && sql`state = ${state}`)
      return (await database.read<TaskRow>(sql`SELECT * FROM tasks WHERE ${where}`)).map(task)
    },
    async overdue(now, limit) {
      const rows = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM tasks WHERE state = 'open' AND ends_at <= ${now} LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    add: ({ id, issuerId, purpose, host, agents, state, createdAt, endsAt }) =>
      sql`INSERT INTO tasks (id, issuer_id, purpose, host, agents, state, created_at, ends_at)
        VALUES (${idBytes(id)}, ${idBytes(issuerId)}, ${purpose}, ${host}, ${JSON.stringify(agents)}, ${state},
          ${createdAt}, ${endsAt})`,
    end: (id, state, at) => [
      sql`INSERT INTO guards (task_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM tasks WHERE id = ${idBytes(id)} AND state = 'open' /* FOR UPDATE */)`,
      sql`UPDATE tasks SET state = ${state}, ended_at = ${at} WHERE id = ${idBytes(id)}`,
    ],
    mustBeOpen: (id) =>
      sql`INSERT INTO guards (task_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM tasks WHERE id = ${idBytes(id)} AND state = 'open' /* FOR KEY SHARE */)`,
  }
}
