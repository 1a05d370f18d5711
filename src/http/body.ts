import type { Context } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import { defaultJsonLimits, isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import { readBounded } from '../foundation/read-bounded.ts'
import type { HttpEnv } from './context.ts'

const { maxBytes } = defaultJsonLimits

/** The most that is read of somebody who need not say who they are. */
export const strangersBody = 16_000

/** A body announced to be so small is not counted: there are no more of them than connections. */
const small = 32_000

/**
 * The bytes of the body, read once and never beyond the limit.
 *
 * @throws ServiceError `request_too_large`, or `overloaded` where others' bodies fill the memory.
 */
export async function readBody(c: Context<HttpEnv>, most = maxBytes): Promise<Uint8Array> {
  const known = c.get('body')
  if (known) return known
  const length = c.req.header('content-length')
  if (length !== undefined && Number(length) > most) throw tooLarge(most)
  // With a Content-Length the server itself reads no further; without one we count.
  if (length !== undefined && Number(length) > small) take(c, Number(length))
  const body =
    length !== undefined
      ? new Uint8Array(await c.req.arrayBuffer())
      : await readBounded(c.req.raw.body, most, (bytes) => take(c, bytes))
  if (!body || body.length > most) throw tooLarge(most)
  c.set('body', body)
  return body
}

/** Where nobody asks who sends it, a body is too small to be counted. */
const take = (c: Context<HttpEnv>, bytes: number) => c.get('account')?.take(bytes)

/** The body as a JSON object, read strictly. An absent body is an empty object. */
export async function readJsonBody(c: Context<HttpEnv>, most = maxBytes): Promise<JsonObject> {
  const body = await readBody(c, most)
  if (body.length === 0) return {}
  const mediaType = (c.req.header('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (
    mediaType !== 'application/json' &&
    !(mediaType.startsWith('application/') && mediaType.endsWith('+json'))
  )
    throw new ServiceError('media_type_unsupported', 'send the body as application/json')
  const value = parseJson(body)
  if (!isObject(value))
    throw new ServiceError('request_malformed', 'the body must be a JSON object')
  return value
}

const tooLarge = (most: number) =>
  new ServiceError('request_too_large', `a body is limited to ${most} bytes here`)
