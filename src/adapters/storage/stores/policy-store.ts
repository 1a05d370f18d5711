import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { Policy, PolicyStore } from '../../../permission/policy.ts'
import { pageOf } from './page.ts'

interface PolicyRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly version: number
  readonly body: string | null
  readonly created_by: string
  readonly created_at: number
}

const policy = (row: PolicyRow): Policy => ({
  id: idText(row.id),
  name: row.name,
  version: row.version,
  body: row.body,
  createdBy: row.created_by,
  createdAt: row.created_at,
})

export function makePolicyStore(database: Database): PolicyStore {
  return {
    async list({ name }, page) {
      const where = pageOf(page, name === undefined ? undefined : sql`name = ${name}`)
      return (await database.read<PolicyRow>(sql`SELECT * FROM policies WHERE ${where}`)).map(
        policy,
      )
    },
    async newest(name) {
      const [row] = await database.read<PolicyRow>(
        sql`SELECT * FROM policies WHERE name = ${name} ORDER BY version DESC LIMIT 1`,
      )
      return row && policy(row)
    },
    async inForce() {
      const rows = await database.read<PolicyRow>(
        sql`SELECT * FROM policies p WHERE body IS NOT NULL AND version = (
          SELECT MAX(version) FROM policies newest WHERE newest.name = p.name) ORDER BY name`,
      )
      return rows.map(policy)
    },
    add: ({ id, name, version, body, createdBy, createdAt }) =>
      sql`INSERT INTO policies (id, name, version, body, created_by, created_at)
        VALUES (${idBytes(id)}, ${name}, ${version}, ${body}, ${createdBy}, ${createdAt})`,
  }
}
