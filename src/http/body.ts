import type { Context } from 'hono'
import { ServiceError } from '../errors.ts'
import { defaultJsonLimits, isObject, type JsonObject, parseJson } from '../json.ts'
import { readBounded } from '../stream.ts'
import type { HttpEnv } from './context.ts'

const maxBytes = defaultJsonLimits.maxBytes

/** The bytes of the body, read once and never beyond the limit. */
export async function readBody(c: Context<HttpEnv>): Promise<Uint8Array> {
  const known = c.get('body')
  if (known) return known
  const length = c.req.header('content-length')
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge()
  // With a Content-Length the server itself reads no further; without one we count.
  const body =
    length !== undefined
      ? new Uint8Array(await c.req.arrayBuffer())
      : await readBounded(c.req.raw.body, maxBytes)
  if (!body || body.length > maxBytes) throw tooLarge()
  c.set('body', body)
  return body
}

/** The body as a JSON object, read strictly. An absent body is an empty object. */
export async function readJsonBody(c: Context<HttpEnv>): Promise<JsonObject> {
  const body = await readBody(c)
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

const tooLarge = () =>
  new ServiceError('request_too_large', `a body is limited to ${maxBytes} bytes`)
