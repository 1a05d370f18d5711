import { allOf, type Statement, sql } from '../../database.ts'
import { idBytes } from '../../id.ts'
import type { PageRequest } from '../../page.ts'

/** The condition, order and limit by which every list of rows with an id is paged. */
export const pageOf = (
  { after, limit }: PageRequest,
  ...conditions: readonly (Statement | undefined)[]
): Statement =>
  sql`${allOf([...conditions, after && sql`id > ${idBytes(after)}`])} ORDER BY id LIMIT ${limit}`
