import type { JsonObject } from '../foundation/json.ts'
import { purposeHeader, readChallenge, writePresentation } from './authorization-scheme.ts'
import { type Holder, present } from './present.ts'

/** What the agent states to its peers, and which peers it presents to. */
export interface PresentingFetchOptions {
  /** Stated to the peer with each request, in the header `Procura-Purpose`. */
  readonly purpose?: string
  /**
   * DIDs of the peers that may be answered. Without it the agent answers every peer: a presentation
   * is good for that peer alone, but shows it the credentials.
   */
  readonly audiences?: readonly string[]
}

/**
 * A `fetch` that presents the agent's credentials to a peer that asks for them. A request whose body
 * is a stream cannot be repeated, so it is sent without.
 *
 * @example
 *   const fetchAsAgent = presentingFetch(agent, [credential], { purpose: 'monthly-report' })
 *   const response = await fetchAsAgent('https://ledger.acme.example/customers')
 */
export function presentingFetch(
  holder: Holder,
  credentials: readonly JsonObject[],
  { purpose, audiences }: PresentingFetchOptions = {},
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const headers = new Headers(init.headers)
    if (purpose !== undefined) headers.set(purposeHeader, purpose)
    // The presentation must not follow a redirect to another host.
    const request = { redirect: 'manual', ...init, headers } as const
    const response = await fetch(url, request)
    const asked =
      response.status === 401 ? readChallenge(response.headers.get('www-authenticate')) : undefined
    const isAnswered = asked && (audiences?.includes(asked.domain) ?? true)
    if (!isAnswered || init.body instanceof ReadableStream) return response
    await response.body?.cancel()
    headers.set('authorization', writePresentation(await present(holder, credentials, asked)))
    return fetch(url, request)
  }
}
