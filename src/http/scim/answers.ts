import type { Context } from 'hono'
import { z } from 'zod'
import type { JsonObject } from '../../foundation/json.ts'
import type { HttpEnv } from '../context.ts'
import { jsonArray } from '../schemas.ts'
import { mostResults } from './descriptions.ts'
import { scimMediaType } from './scim-error.ts'

export const resource = z.looseObject({})
export const patch = z.looseObject({ Operations: jsonArray })
export const listQuery = z.looseObject({
  filter: z.string().max(1000).optional(),
  startIndex: z.coerce.number().int().default(1),
  count: z.coerce.number().int().default(100),
})

/** The part of a list that a query asks for, within our bounds. */
export const windowOf = <T extends { readonly startIndex: number; readonly count: number }>(
  query: T,
) => ({
  ...query,
  startIndex: Math.max(1, query.startIndex),
  count: Math.min(mostResults, Math.max(0, query.count)),
})

export const send = (c: Context<HttpEnv>, body: JsonObject, status: 200 | 201 = 200) =>
  c.body(JSON.stringify(body), status, { 'content-type': scimMediaType })

export function created(c: Context<HttpEnv>, body: JsonObject) {
  c.header('location', (body.meta as { location: string }).location)
  return send(c, body, 201)
}

export const listed = (
  c: Context<HttpEnv>,
  { total, items }: { readonly total: number; readonly items: readonly JsonObject[] },
  startIndex: number,
) =>
  send(c, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    startIndex,
    itemsPerPage: items.length,
    Resources: items,
  })
