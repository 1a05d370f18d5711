import type { Refusal } from './refusal.ts'

export interface FetchedBody {
  /** At most 256 kB, decoded. */
  readonly body: Uint8Array
  /** Lower case, without parameters. */
  readonly mediaType: string
}

/**
 * A safe GET: https to public addresses only, no redirects, bounded in size and time.
 * Implementations are in adapters/web. It never throws because of the other server.
 */
export type GuardedFetch = (url: string, accept: string) => Promise<FetchedBody | Refusal>
