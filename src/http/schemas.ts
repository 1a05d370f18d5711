import { z } from 'zod'
import { securingMechanisms } from '../credential/issuer.ts'
import { isDid } from '../did/syntax.ts'
import { scopes } from '../directory/api-key.ts'
import { oneLine } from '../foundation/control-characters.ts'
import { type Id, isId } from '../foundation/id.ts'
import { isArray, isObject, type JsonArray, type JsonObject } from '../foundation/json.ts'
import { slugPattern } from '../foundation/slug.ts'
import { maxPointerLength, maxPointers, pointerPattern } from '../linked-data/pointers.ts'

/**
 * Building blocks of the routes' bodies and queries. Objects are closed: unknown members are
 * refused.
 */

/** A UUID: clients may send any text, and the service checks it. */
export const id: z.ZodType<Id, string> = z
  .custom<Id>(isId, 'must be a UUID')
  .meta({ type: 'string', format: 'uuid' })

export const did = z
  .custom<`did:${string}`>(isDid, 'must be a DID')
  .meta({ type: 'string', pattern: '^did:[a-z0-9]+:.+$', example: 'did:key:z6Mk…' })

/** Names and short texts: one line that terminals and logs can show. */
export const line = (max: number, min = 1) =>
  z.string().min(min).max(max).regex(oneLine, 'must not contain control characters or line ends')

export const name = line(200)
export const slug = z
  .string()
  .regex(slugPattern, 'must be 1 to 40 lower-case letters, digits and hyphens')
/** Roles in the organization, as used by people, agents and documents. */
export const roles = z.array(slug).max(50)
export const purpose = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, 'must be 1 to 100 letters, digits and . _ : -')
export const text = line(2000)
export const seconds = (max: number) => z.int().min(1).max(max)
export const jsonObject = z
  .custom<JsonObject>(isObject, 'must be an object')
  .meta({ type: 'object' })
export const jsonArray = z
  .custom<JsonArray>(isArray, 'must be a list')
  .meta({ type: 'array', items: {} })
export const scopeList = z.array(z.enum(scopes)).min(1).max(scopes.length)

export const none = z.strictObject({})

/** Cursor and size of a page. */
export const page = {
  after: id.optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(50)
    .describe('How many at most. A page also ends at 1 MB.'),
} as const
export const pageQuery = z.strictObject(page)

/** W3C endpoints ignore unknown options. */
export const vcOptions = z.looseObject({
  challenge: z.string().min(1).max(1024).optional().describe('What proofs must answer.'),
  domain: z.string().min(1).max(2048).optional().describe('What proofs must be made for.'),
})

/** JSON pointers (RFC 6901). */
export const pointers = z
  .array(
    z
      .string()
      .max(maxPointerLength)
      .regex(pointerPattern, 'a JSON pointer is empty or begins with /'),
  )
  .max(maxPointers)
  .refine((all) => new Set(all).size === all.length, 'the same pointer is given twice')
  .meta({ uniqueItems: true })

/** Further forms of a credential. */
export const forms = z.array(z.enum(securingMechanisms)).max(securingMechanisms.length)
