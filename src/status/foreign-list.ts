import type { Cache } from '../cache.ts'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../credential/authenticate-credential.ts'
import type { AuthenticateNeeds } from '../credential/data-integrity.ts'
import { envelop } from '../credential/jose.ts'
import { fromUtf8 } from '../encoding.ts'
import type { FetchedBody, GuardedFetch } from '../fetch.ts'
import { type JsonValue, parseJson } from '../json.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Compression } from './bit-string.ts'
import { parseStatusList, type StatusList } from './status-list.ts'

export interface ForeignListNeeds extends AuthenticateNeeds {
  readonly compression: Pick<Compression, 'gunzip'>
  readonly fetch: GuardedFetch
  readonly foreignLists: Pick<Cache<StatusList>, 'get' | 'set'>
}

/**
 * The status list at a URL: from memory while it is fresh, else fetched again. Only its own issuer's
 * signature makes it a list; a list has no status of its own.
 */
export function foreignList(
  url: string,
  needs: ForeignListNeeds,
): MaybePromise<StatusList | Refusal> {
  const known = needs.foreignLists.get(url)
  return known && needs.clock() < known.staleAt ? known : refresh(url, needs)
}

async function refresh(url: string, needs: ForeignListNeeds): Promise<StatusList | Refusal> {
  const list = await fetchList(url, needs)
  if (isRefusal(list)) return list
  // What was just fetched may be stale already: its time is told by the issuer, not by us.
  if (needs.clock() >= list.staleAt)
    return refuse('status_unavailable', 'the list is older than its ttl')
  needs.foreignLists.set(url, list)
  return list
}

async function fetchList(url: string, needs: ForeignListNeeds): Promise<StatusList | Refusal> {
  const fetched = await needs.fetch(
    url,
    'application/vc, application/vc+jwt;q=0.9, application/json;q=0.8',
  )
  if (isRefusal(fetched)) return refuse('status_unavailable', 'the list could not be fetched')
  const value = readBody(fetched)
  const parsed = value === undefined ? undefined : parseSecuredCredential(value)
  if (!parsed) return refuse('status_malformed', 'the list is no JSON')
  if (isRefusal(parsed))
    return refuse('status_unavailable', `the list cannot be relied on: ${parsed.refused}`)
  const authentic = await authenticateCredential(parsed, needs)
  if (isRefusal(authentic))
    return refuse('status_unavailable', `the list cannot be relied on: ${authentic.refused}`)
  return parseStatusList(authentic, url, needs.clock(), needs.compression)
}

function readBody({ body, mediaType }: FetchedBody): JsonValue | undefined {
  try {
    return mediaType === 'application/vc+jwt' ? envelop(fromUtf8(body), 'vc+jwt') : parseJson(body)
  } catch {
    return undefined
  }
}
