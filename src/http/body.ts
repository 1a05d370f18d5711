import type { Context } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import { defaultJsonLimits, isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import { readBounded } from '../foundation/read-bounded.ts'
import type { HttpEnv } from './context.ts'

const { maxBytes } = defaultJsonLimits

/** Largest body from callers who need not authenticate. */
export const strangersBody = 16_000

/**
 * Bodies announced to be this small are not counted: there are no more of them than connections.
 */
const small = 32_000

/**
 * Reads the body once, and never beyond the limit.
 *
 * @throws ServiceError `request_too_large`, or `overloaded` if other bodies fill the memory.
 */
export async function readBody(c: Context<HttpEnv>, most = maxBytes): Promise<Uint8Array> {
  const known = c.get('body')
  if (known) return known
  const length = c.req.header('content-length')
  if (length !== undefined && Number(length) > most) throw tooLarge(most)
  // With Content-Length the server itself reads no further; without it, bytes are counted here.
  if (length !== undefined && Number(length) > small) take(c, Number(length))
  const body = await whole(
    length !== undefined
      ? c.req.arrayBuffer().then((bytes) => new Uint8Array(bytes))
      : readBounded(c.req.raw.body, most, (bytes) => take(c, bytes)),
  )
  if (!body || body.length > most) throw tooLarge(most)
  c.set('body', body)
  return body
}

/** A caller that goes away in mid-body is the caller's fault, not one of the service. */
async function whole<T>(body: Promise<T>): Promise<T> {
  try {
    return await body
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('request_malformed', 'the connection ended before the body did', {
      cause: error,
    })
  }
}

/** On routes without authentication a body is too small to be counted. */
const take = (c: Context<HttpEnv>, bytes: number) => c.get('account')?.take(bytes)

/** Parses the body strictly as a JSON object. An absent body is an empty object. */
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
