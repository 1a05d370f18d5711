import type { Budget } from '../../foundation/budget.ts'
import type { GuardedFetch } from '../../foundation/guarded-fetch.ts'
import { parseJson } from '../../foundation/json.ts'
import { after, type MaybePromise } from '../../foundation/maybe-promise.ts'
import type { Memory } from '../../foundation/memory.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { type DidDocument, parseDidDocument } from '../document.ts'
import type { DidMethod } from '../resolve.ts'
import { type Did, isDid } from '../syntax.ts'

/**
 * A DNS name of at least two labels whose last label is not a number, so that it is not an address
 * in any spelling.
 */
const hostName =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
/**
 * Names that never belong to the public internet (RFC 6761, RFC 6762, RFC 9476, and cloud
 * metadata).
 */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home.arpa',
  'corp',
  'private',
  'onion',
  'test',
  'invalid',
  'alt',
]
const pathSegment = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/**
 * The location of a did:web document. Only https on port 443 of a public DNS name is accepted,
 * unless `allowedOrigins` has the exact origin (for tests and examples on loopback).
 *
 * @param identifier what follows `did:web:`.
 * @see https://w3c-ccg.github.io/did-method-web/#read-resolve
 */
export function didWebUrl(
  identifier: string,
  allowedOrigins: ReadonlySet<string>,
): string | Refusal {
  const [authority, ...path] = identifier.split(':')
  const [host, port, ...rest] = authority!.split(/%3A/i)
  if (rest.length > 0 || authority!.includes('%') !== (port !== undefined))
    return refuse('did_invalid', 'the host of the did:web is malformed')
  if (!path.every((segment) => pathSegment.test(segment)))
    return refuse('did_invalid', 'the path of the did:web is malformed')
  const location = path.length > 0 ? `/${path.join('/')}/did.json` : '/.well-known/did.json'
  for (const scheme of ['https', 'http']) {
    const origin = `${scheme}://${host}${port ? `:${port}` : ''}`
    if (allowedOrigins.has(origin)) return `${origin}${location}`
  }
  if (port !== undefined) return refuse('did_invalid', 'the did:web has a port')
  if (!isPublicHostName(host!))
    return refuse('did_invalid', 'the did:web does not name a public host')
  return `https://${host}${location}`
}

export function isPublicHostName(host: string): boolean {
  return (
    hostName.test(host) &&
    !privateSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
  )
}

/**
 * The did:web of a path under an https origin: `https://acme.example` and `agents/7` give
 * `did:web:acme.example:agents:7`.
 */
export function didWeb(publicUrl: string, ...path: readonly string[]): Did {
  const host = new URL(publicUrl).host.replace(':', '%3A')
  return `did:web:${[host, ...path].join(':')}`
}

export interface DidWebNeeds {
  readonly memory: Memory
  readonly fetch: GuardedFetch
  /** The document of a DID under our own origin, from storage; undefined if it is not ours. */
  readonly ownDocument: (did: Did) => MaybePromise<DidDocument | Refusal | undefined>
  /**
   * Origin of our own documents, if any. A DID under it that is not in storage does not exist, and
   * is not fetched.
   */
  readonly ownOrigin: string | undefined
  /** Origins that may be used although they are not public https. */
  readonly allowedOrigins: ReadonlySet<string>
}

const entries = 10_000
const lifetimes = { foreign: 60_000, failure: 5_000 } as const

/**
 * did:web: our own from storage, which has a cache, others by the guarded fetch. A foreign document
 * is cached for a minute and a failure for five seconds. If a key is missing from the cached
 * document, it is fetched again, at most once in five seconds.
 */
export function makeDidWeb(needs: DidWebNeeds): DidMethod {
  const known = needs.memory.cache<DidDocument | Refusal>('did_web_documents', {
    entries,
    lifetime: lifetimes.foreign,
  })
  const refreshed = needs.memory.cache<true>('did_web_refreshes', {
    entries,
    lifetime: lifetimes.failure,
  })
  const look = async (
    identifier: string,
    did: Did,
    budget: Budget,
  ): Promise<DidDocument | Refusal> => {
    refreshed.set(did, true)
    const begun = known.generation
    const document = await fetchDocument(identifier, did, budget, needs)
    // A fetch that exceeds the budget of this request may be within that of the next.
    if (isRefusal(document) && document.refused === 'budget_exceeded') return document
    // A document fetched before a change is not cached after it.
    if (known.generation === begun)
      known.set(did, document, lifetimes[isRefusal(document) ? 'failure' : 'foreign'])
    return document
  }
  return (identifier, did, { budget, fresh = false }) => {
    const remembered = known.get(did)
    if (!remembered && !isDid(did)) return refuse('did_invalid')
    if (remembered && !(fresh && !refreshed.get(did))) return remembered
    return after(needs.ownDocument(did), (own) => own ?? look(identifier, did, budget))
  }
}

async function fetchDocument(
  identifier: string,
  did: Did,
  budget: Budget,
  needs: DidWebNeeds,
): Promise<DidDocument | Refusal> {
  const url = didWebUrl(identifier, needs.allowedOrigins)
  if (isRefusal(url)) return url
  if (needs.ownOrigin !== undefined && new URL(url).origin === needs.ownOrigin)
    return refuse('did_not_found', 'this service has not assigned this DID')
  const excess = budget.spend('fetches')
  if (excess) return excess
  const fetched = await needs.fetch(url, 'application/did+json, application/json')
  if (isRefusal(fetched)) return fetched
  if (!fetched.mediaType.endsWith('json'))
    return refuse('did_not_found', 'the response is not JSON')
  try {
    return parseDidDocument(parseJson(fetched.body), did)
  } catch {
    return refuse('did_document_invalid', 'the document is not strict JSON')
  }
}
