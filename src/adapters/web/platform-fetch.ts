import { isPublicHostName } from '../../did/methods/web.ts'
import type { FetchedBody, GuardedFetch } from '../../foundation/guarded-fetch.ts'
import { readBounded } from '../../foundation/read-bounded.ts'
import { type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Milliseconds, Seconds } from '../../foundation/time.ts'

export interface PlatformFetchOptions {
  /** Exact origins that may be used although they are not public https. */
  readonly allowedOrigins: ReadonlySet<string>
  /** Keeps responses near the verifier; absent if the platform has no such cache. */
  readonly cache?: ResponseCache | undefined
}

/** The part of the platform's Cache API that is used. */
export interface ResponseCache {
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
}

/**
 * A browser's own cache would hide a revocation for as long as the list says it may be kept. Older
 * Workers refuse the option.
 */
const unstored = 'cache' in Request.prototype ? ({ cache: 'no-store' } as const) : {}

const maxBytes = 256_000
const deadline: Milliseconds = 3000
/** Maximum age of a status list or DID document from the cache. */
const maxAge: Seconds = 30

/**
 * GET by the platform's own `fetch`, which cannot reach private addresses: https to public names,
 * no redirects, bounded in size and time.
 */
export function makePlatformFetch({ allowedOrigins, cache }: PlatformFetchOptions): GuardedFetch {
  return async (url, accept) => {
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (!target || target.username || target.password)
      return refuse('did_unreachable', 'the URL is malformed')
    const isPublic =
      target.protocol === 'https:' && target.port === '' && isPublicHostName(target.hostname)
    if (!isPublic && !allowedOrigins.has(target.origin))
      return refuse('did_unreachable', 'only https on port 443 of a public name is fetched')
    try {
      const kept = await cache?.match(url)
      if (kept) return await read(kept)
      const response = await fetch(url, {
        headers: { accept },
        redirect: 'manual',
        ...unstored,
        signal: AbortSignal.timeout(deadline),
      })
      const flaw = flawOf(response)
      if (flaw) return flaw
      const fetched = await read(response)
      if ('body' in fetched) await cache?.put(url, keepable(fetched))
      return fetched
    } catch {
      return refuse('did_unreachable', 'the host did not answer in time')
    }
  }
}

function flawOf({ status }: Response): Refusal | undefined {
  if (status === 404 || status === 410)
    return refuse('did_not_found', 'the host has no such document')
  return status === 200 ? undefined : refuse('did_unreachable', 'the host did not answer with 200')
}

async function read(response: Response): Promise<FetchedBody | Refusal> {
  const body = await readBounded(response.body, maxBytes)
  if (!body) return refuse('did_unreachable', `the response is larger than ${maxBytes} bytes`)
  const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0]!
  return { body, mediaType: mediaType.trim().toLowerCase() }
}

const keepable = ({ body, mediaType }: FetchedBody): Response =>
  new Response(body as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': mediaType, 'cache-control': `max-age=${maxAge}` },
  })
