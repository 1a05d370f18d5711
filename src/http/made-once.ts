import type { Context } from 'hono'
import { toHex } from '../foundation/encoding.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { HttpEnv } from './context.ts'

/**
 * Serves a document that never changes while the process runs: it is created on the first request,
 * and sent only to clients that do not have it.
 */
export function makeOnce(
  make: () => string | Promise<string>,
  contentType: string,
  crypto: Pick<CryptoProvider, 'sha256'>,
) {
  let made: { readonly body: string; readonly etag: string } | undefined
  return async (c: Context<HttpEnv>) => {
    if (!made) {
      const body = await make()
      made = { body, etag: `"${toHex(await crypto.sha256(body)).slice(0, 32)}"` }
    }
    const { body, etag } = made
    c.header('etag', etag)
    c.header('cache-control', 'public, max-age=60')
    const held = (c.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim())
    if (held.includes(etag) || held.includes(`W/${etag}`)) return c.body(null, 304)
    return c.body(body, 200, { 'content-type': contentType })
  }
}
