import { parseToken, type Token } from '../credential/jose.ts'
import { flawOfClaimTimes } from '../credential/token-claims.ts'
import type { Budget } from '../foundation/budget.ts'
import { fromBase64url, toBase64url } from '../foundation/encoding.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Clock, Milliseconds } from '../foundation/time.ts'
import type { Compression } from './bit-string.ts'
import { inflateList } from './inflate-list.ts'
import { type StatusList, timeToLive, timeToLiveSeconds } from './status-list.ts'
import { statusPurposes } from './status-store.ts'

/**
 * Values of an entry (section 7.1). Other values are a matter between issuer and verifier, and
 * deny.
 */
export const tokenStatus = { valid: 0, invalid: 1, suspended: 2 } as const

/** Bits per entry of our own lists, enough for three values. */
export const ownTokenSize = 2

/** Our lists expire a day after they are made, like their Bitstring twins. */
const listLifetimeSeconds = 86_400

/**
 * The claims of a Token Status List.
 *
 * @param bytes with entries of `ownTokenSize` bits.
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-status-list/
 */
export async function makeTokenStatusList(
  list: {
    readonly url: string
    readonly issuer: string
    readonly bytes: Uint8Array
    readonly madeAt: Milliseconds
  },
  compression: Pick<Compression, 'deflate'>,
): Promise<JsonObject> {
  const issuedAt = Math.floor(list.madeAt / 1000)
  return {
    exp: issuedAt + listLifetimeSeconds,
    iat: issuedAt,
    iss: list.issuer,
    status_list: {
      bits: ownTokenSize,
      lst: toBase64url(await compression.deflate(list.bytes)),
    },
    sub: list.url,
    ttl: timeToLiveSeconds.default,
  }
}

export const parseStatusListToken = (compact: string): Token | Refusal =>
  parseToken(compact, 'statuslist+jwt')

interface TokenListNeeds {
  readonly clock: Clock
  readonly compression: Pick<Compression, 'inflate'>
  readonly budget: Budget
}

/**
 * Parses a Token Status List fetched from `url`, with a valid signature.
 *
 * @param issuer who signed it.
 */
export async function readTokenStatusList(
  { clock, compression, budget }: TokenListNeeds,
  payload: JsonObject,
  { issuer, url }: { readonly issuer: string; readonly url: string },
): Promise<StatusList | Refusal> {
  const bad = (detail: string) => refuse('status_malformed', detail)
  const { sub, iat, exp, ttl, status_list: list } = payload
  if (sub !== url) return bad('the list is for another URL')
  if (isRefusal(flawOfClaimTimes(payload, clock())))
    return refuse('status_unavailable', 'the list is not valid at this time')
  if (typeof iat !== 'number')
    return refuse('status_unavailable', 'the list does not state when it was made')
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0))
    return bad('ttl is not a duration')
  if (
    !isObject(list) ||
    ![1, 2, 4, 8].includes(list.bits as number) ||
    typeof list.lst !== 'string'
  )
    return bad('status_list must have bits and lst')
  const packed = fromBase64url(list.lst)
  const bits = packed && (await inflateList(packed, compression.inflate, budget))
  if (isRefusal(bits)) return bits
  if (!bits) return bad('lst is not zlib of at most 12.5 MB in base64url')
  const madeAt = iat * 1000
  return {
    form: 'token',
    url,
    issuer,
    purposes: statusPurposes,
    size: list.bits as number,
    bits,
    madeAt,
    staleAt: Math.min(
      madeAt + timeToLive(ttl === undefined ? undefined : ttl * 1000),
      typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY,
    ),
  }
}
