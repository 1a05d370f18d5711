import {
  allOf,
  type Database,
  type Row,
  type Statement,
  sql,
} from '../../../foundation/database.ts'
import { idBytes } from '../../../foundation/id.ts'
import type { OffsetPage, PageRequest } from '../../../foundation/page.ts'

/** A page of matching rows by offset, and their total number. */
export async function windowOf<R extends Row, T>(
  database: Database,
  table: Statement,
  where: Statement,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  read: (row: R) => T,
): Promise<OffsetPage<T>> {
  const [count] = await database.read<{ total: number }>(
    sql`SELECT COUNT(*) AS total FROM ${table} WHERE ${where}`,
  )
  const rows = await database.read<R>(
    sql`SELECT * FROM ${table} WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  )
  return { total: count!.total, items: rows.map(read) }
}

/** Condition, order and limit that page every list of rows with an id. */
export const pageOf = (
  { after, limit }: PageRequest,
  ...conditions: readonly (Statement | undefined)[]
): Statement =>
  sql`${allOf([...conditions, after && sql`id > ${idBytes(after)}`])} ORDER BY id LIMIT ${limit}`
