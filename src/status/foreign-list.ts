import {
  authenticateCredential,
  parseSecuredCredential,
  signersOf,
} from '../credential/authenticate-credential.ts'
import { envelop, verifyToken } from '../credential/jose.ts'
import type { AuthenticateNeeds } from '../credential/verify-proofs.ts'
import type { BoundedCache } from '../foundation/cache.ts'
import { fromUtf8 } from '../foundation/encoding.ts'
import type { FetchedBody, GuardedFetch } from '../foundation/guarded-fetch.ts'
import { type JsonValue, parseJson } from '../foundation/json.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Compression } from './bit-string.ts'
import type { ListName, NewestLists } from './newest-lists.ts'
import type { StatusEntry } from './status-entry.ts'
import { parseStatusList, type StatusList } from './status-list.ts'
import { parseStatusListToken, readTokenStatusList } from './token-status-list.ts'

export interface ForeignListNeeds extends AuthenticateNeeds {
  readonly compression: Pick<Compression, 'gunzip' | 'inflate'>
  readonly fetch: GuardedFetch
  readonly foreignLists: Pick<BoundedCache<StatusList>, 'get' | 'set'>
  readonly newestLists: NewestLists
}

/**
 * The status list of an entry, from memory while fresh, otherwise fetched. It must be signed by the
 * credential's issuer; a list has no status itself.
 *
 * @param issuer of the credential. Lists of other issuers are neither noted nor remembered, and
 *   their keys are not fetched.
 */
export function foreignList(
  needs: ForeignListNeeds,
  { list: url, form }: Pick<StatusEntry, 'list' | 'form'>,
  issuer: string,
): MaybePromise<StatusList | Refusal> {
  // One URL may serve a list of each kind.
  const key = form === 'token' ? `token ${url}` : url
  const known = needs.foreignLists.get(key)
  return known && needs.clock() < known.staleAt
    ? known
    : refresh(needs, url, form, { issuer, list: key })
}

async function refresh(
  needs: ForeignListNeeds,
  url: string,
  form: StatusEntry['form'],
  name: ListName,
): Promise<StatusList | Refusal> {
  const excess = needs.budget.spend('fetches')
  if (excess) return excess
  const fetchOf = form === 'token' ? fetchTokenList : fetchList
  const list = await fetchOf(needs, url, name.issuer)
  if (isRefusal(list)) return list
  // Noted even if stale: older lists are not accepted after it.
  const noted = needs.newestLists.note(name, list)
  const until = noted instanceof Promise ? await noted : noted
  // A list just fetched may be stale: its issuer states its time.
  const now = needs.clock()
  if (now >= list.staleAt) return refuse('status_unavailable', 'the list is older than its ttl')
  if (now >= until) return refuse('status_unavailable', 'a newer version of this list is known')
  const reliable = { ...list, staleAt: until }
  // Setting the clock back later does not make it fresh for longer.
  needs.foreignLists.set(name.list, reliable, until - now)
  return reliable
}

export const ofAnotherIssuer = () => refuse('status_unavailable', 'the list has another issuer')
const notFetched = () => refuse('status_unavailable', 'the list could not be fetched')
const unreliable = (flaw: Refusal) =>
  flaw.refused === 'budget_exceeded'
    ? flaw
    : refuse('status_unavailable', `the list cannot be relied on: ${flaw.refused}`)

async function fetchList(
  needs: ForeignListNeeds,
  url: string,
  issuer: string,
): Promise<StatusList | Refusal> {
  const fetched = await needs.fetch(
    url,
    'application/vc, application/vc+jwt;q=0.9, application/json;q=0.8',
  )
  if (isRefusal(fetched)) return notFetched()
  const value = readBody(fetched)
  const parsed = value === undefined ? undefined : parseSecuredCredential(value)
  if (!parsed) return refuse('status_malformed', 'the list is not JSON')
  if (isRefusal(parsed)) return unreliable(parsed)
  if (!signersOf(parsed).every((signer) => signer === issuer)) return ofAnotherIssuer()
  const authentic = await authenticateCredential(needs, parsed)
  if (isRefusal(authentic)) return unreliable(authentic)
  return parseStatusList(authentic, url, needs.clock(), needs.compression, needs.budget)
}

async function fetchTokenList(
  needs: ForeignListNeeds,
  url: string,
  expected: string,
): Promise<StatusList | Refusal> {
  const fetched = await needs.fetch(url, 'application/statuslist+jwt')
  if (isRefusal(fetched)) return notFetched()
  if (fetched.mediaType !== 'application/statuslist+jwt')
    return refuse('status_malformed', 'the list has another media type')
  const token = parseStatusListToken(new TextDecoder().decode(fetched.body).trim())
  if (isRefusal(token)) return unreliable(token)
  const { iss } = token.payload
  const issuer = typeof iss === 'string' ? iss : token.keyId.split('#', 1)[0]!
  if (issuer !== expected) return ofAnotherIssuer()
  const flaw = await verifyToken(needs, token, 'assertionMethod', issuer)
  if (flaw) return unreliable(flaw)
  return readTokenStatusList(needs, token.payload, { issuer, url })
}

function readBody({ body, mediaType }: FetchedBody): JsonValue | undefined {
  try {
    return mediaType === 'application/vc+jwt' ? envelop(fromUtf8(body), 'vc+jwt') : parseJson(body)
  } catch {
    return undefined
  }
}
