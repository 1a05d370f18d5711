import type { JsonObject } from '../foundation/json.ts'
import { purposeHeader, readChallenge, writePresentation } from './authorization-scheme.ts'
import { type Holder, present } from './present.ts'

/** What the agent states to its peers, and which DIDs they have. */
export interface PresentingFetchOptions {
  /** Stated to the peer with each request, in the header `Procura-Purpose`. */
  readonly purpose?: string
  /**
   * DIDs of peers by their origin, such as `http://127.0.0.1:3000`. An https peer whose DID is
   * `did:web` and its host needs no entry. No other peer is answered.
   */
  readonly peers?: Readonly<Record<string, string>>
}

/**
 * A `fetch` that presents the agent's credentials to a peer that asks for them, if the challenge is
 * for the DID of that peer. Redirects are not followed. A request whose body is a stream cannot be
 * repeated, so it is sent without a presentation.
 *
 * @example
 *   const fetchAsAgent = presentingFetch(agent, [credential], { purpose: 'monthly-report' })
 *   const response = await fetchAsAgent('https://ledger.acme.example/customers')
 */
export function presentingFetch(
  holder: Holder,
  credentials: readonly JsonObject[],
  { purpose, peers = {} }: PresentingFetchOptions = {},
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const headers = new Headers(init.headers)
    if (purpose !== undefined) headers.set(purposeHeader, purpose)
    // The presentation must not follow a redirect to another host.
    const request = { ...init, headers, redirect: 'manual' } as const
    const response = await fetch(url, request)
    if (response.status !== 401 || init.body instanceof ReadableStream) return response
    const asked = readChallenge(response.headers.get('www-authenticate'))
    // Otherwise a peer could pass on another peer's challenge, and act there with the answer.
    if (!asked || asked.domain !== didOf(new URL(response.url), peers)) return response
    await response.body?.cancel()
    headers.set('authorization', writePresentation(await present(holder, credentials, asked)))
    return fetch(url, request)
  }
}

function didOf(
  { origin, protocol, host }: URL,
  peers: Readonly<Record<string, string>>,
): string | undefined {
  if (Object.hasOwn(peers, origin)) return peers[origin]
  return protocol === 'https:' ? `did:web:${host.replace(':', '%3A')}` : undefined
}
