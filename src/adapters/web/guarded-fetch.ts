import type { IncomingMessage, RequestOptions } from 'node:http'
import ipaddr from 'ipaddr.js'
import type { FetchedBody, GuardedFetch } from '../../foundation/guarded-fetch.ts'
import { type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Milliseconds } from '../../foundation/time.ts'

export interface GuardedFetchOptions {
  /** Exact origins that may be used although they are not public https. */
  readonly allowedOrigins: ReadonlySet<string>
  readonly resolveHost?: (host: string) => Promise<readonly string[]>
}

const maxBytes = 256_000
const deadline: Milliseconds = 3000

/**
 * GET over https to public addresses. The name is looked up once, all its addresses must be public,
 * and the connection uses one of them, so that a second lookup cannot lead elsewhere. Redirects are
 * refused, the body is bounded, and everything takes at most 3 s.
 */
export function makeGuardedFetch({
  allowedOrigins,
  resolveHost = lookUp,
}: GuardedFetchOptions): GuardedFetch {
  return async (url, accept) => {
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (!target || target.username || target.password)
      return refuse('did_unreachable', 'the URL is malformed')
    const signal = AbortSignal.timeout(deadline)
    try {
      if (allowedOrigins.has(target.origin)) return await get(target, accept, signal)
      if (target.protocol !== 'https:' || target.port !== '')
        return refuse('did_unreachable', 'only https on port 443 is fetched')
      const addresses = await resolveHost(target.hostname.replace(/^\[|\]$/g, ''))
      if (addresses.length === 0 || !addresses.every(isPublic))
        return refuse('did_unreachable', 'the host has an address that is not public')
      return await get(target, accept, signal, addresses[0])
    } catch {
      return refuse('did_unreachable', 'the host did not answer in time')
    }
  }
}

/** Queries the name servers directly, so that no thread is blocked and no hosts file is used. */
async function lookUp(host: string): Promise<readonly string[]> {
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: deadline / 2, tries: 1 })
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}

/**
 * Whether an address is on the public internet. For IPv6 that is the space that IANA assigns,
 * 2000::/3: everything else embeds an IPv4 address (::/96, ::ffff:0:0/96, 64:ff9b::/96), belongs to
 * a link or site, or is unassigned.
 *
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || isGlobal(parsed as ipaddr.IPv6)
}

const given = ipaddr.IPv6.parse('2000::')
/** The former 6bone, returned to IANA (RFC 3701). */
const returned = ipaddr.IPv6.parse('3ffe::')
const isGlobal = (address: ipaddr.IPv6): boolean =>
  address.match(given, 3) && !address.match(returned, 16)

/** A lookup that returns the vetted address, even if the name resolves to another one by now. */
export function pinTo(address: string): NonNullable<RequestOptions['lookup']> {
  const family = ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4
  return (_host, { all }, done) => {
    if (all) done(null, [{ address, family }])
    else done(null, address, family)
  }
}

/** Networking modules are loaded on first use: a short process may never need them. */
async function get(
  target: URL,
  accept: string,
  signal: AbortSignal,
  pinned?: string,
): Promise<FetchedBody | Refusal> {
  const options: RequestOptions = {
    headers: { accept, 'accept-encoding': 'identity' },
    signal,
    agent: false,
  }
  if (pinned) options.lookup = pinTo(pinned)
  const { request: send } =
    target.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise((resolve, reject) => {
    const request = send(target, options, (response) =>
      resolve(read(response, () => request.destroy())),
    )
    request.on('error', reject)
    request.end()
  })
}

async function read(response: IncomingMessage, abort: () => void): Promise<FetchedBody | Refusal> {
  const flaw = flawOf(response)
  if (flaw) {
    abort()
    return flaw
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maxBytes) {
      abort()
      return refuse('did_unreachable', `the response is larger than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  const mediaType = (response.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  return { body: new Uint8Array(Buffer.concat(chunks)), mediaType }
}

function flawOf({ statusCode, headers }: IncomingMessage): Refusal | undefined {
  if (statusCode === 404 || statusCode === 410)
    return refuse('did_not_found', 'the host has no such document')
  if (statusCode !== 200) return refuse('did_unreachable', 'the host did not answer with 200')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return refuse('did_unreachable', 'the response is compressed')
  return undefined
}
