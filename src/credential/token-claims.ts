import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import { type Milliseconds, maxClockSkewSeconds } from '../foundation/time.ts'
import type { ParsedCredential } from './credential.ts'

/** JWT claims that belong to the token, not to the credential in it. */
export const registeredClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'cnf',
  'nonce',
])

const isNumericDate = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/**
 * Checks the registered JWT claims about time, if given (RFC 7519, 4.1.4 to 4.1.6): seconds since
 * the epoch, whole and not negative.
 */
export function flawOfClaimTimes(payload: JsonObject, now: Milliseconds): Refusal | undefined {
  for (const claim of ['exp', 'nbf', 'iat'] as const)
    if (claim in payload && !isNumericDate(payload[claim]))
      return refuse('value_malformed', `${claim} is not a NumericDate`)
  const { exp, nbf, iat } = payload as { exp?: number; nbf?: number; iat?: number }
  const latestStart = now / 1000 + maxClockSkewSeconds
  if (exp !== undefined && now >= exp * 1000) return refuse('expired')
  if (nbf !== undefined && nbf > latestStart) return refuse('not_yet_valid')
  if (iat !== undefined && iat > latestStart)
    return refuse('not_yet_valid', 'the token was issued in the future')
  return undefined
}

/**
 * Claims that repeat a member of the credential must match it.
 *
 * @see https://www.w3.org/TR/vc-jose-cose/#using-header-params-claims-key-discovery
 */
export function flawOfClaims(
  payload: JsonObject,
  credential: ParsedCredential,
): Refusal | undefined {
  const pairs: readonly (readonly [string, JsonValue | undefined])[] = [
    ['iss', credential.issuer],
    ['jti', credential.id],
    ['sub', credential.subjects.length === 1 ? credential.subjects[0]!.id : undefined],
  ]
  for (const [claim, member] of pairs)
    if (claim in payload && payload[claim] !== member)
      return refuse('value_malformed', `${claim} contradicts the credential`)
  return undefined
}
