import { canonicalize } from '../foundation/canonical.ts'
import { isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { processCache } from '../foundation/memory.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { fromJwk, type PublicKey } from '../keys/public-key.ts'
import { type ParsedCredential, taskPermissionType } from './credential.ts'
import { parseCredential } from './parse-credential.ts'
import type { SdJwt } from './sd-jwt.ts'

/** The type of a task permission as an IETF SD-JWT VC (permission-model.md, 6). */
export const taskPermissionVct = 'https://w3id.org/procura/v1/task-permission'

/**
 * The credential in an SD-JWT: a VCDM 2.0 document (`vc+sd-jwt`), or the claims of an SD-JWT VC
 * (`dc+sd-jwt`), whose `permission` is the subject's.
 *
 * @param claims with the disclosures; without them, what can be said before the disclosures are
 *   processed.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-sd-jwt-vc/
 */
export function credentialOf(
  { token, type }: Pick<SdJwt, 'token' | 'type'>,
  claims: JsonObject = token.payload,
): ParsedCredential | Refusal {
  if (type === 'vc+sd-jwt') {
    const credential = parseCredential(claims)
    return isRefusal(credential) ? credential : { ...credential, document: claims }
  }
  const { iss, sub, jti, vct, nbf, iat, exp, status, permission } = claims
  const bad = (detail: string) => refuse('value_malformed', detail)
  if (typeof iss !== 'string' || iss === '') return bad('an SD-JWT VC must have iss')
  if (typeof vct !== 'string' || vct === '') return bad('an SD-JWT VC must have a vct')
  if (sub !== undefined && typeof sub !== 'string') return bad('sub must be a string')
  if (jti !== undefined && typeof jti !== 'string') return bad('jti must be a string')
  return {
    document: claims,
    id: jti,
    types: vct === taskPermissionVct ? ['VerifiableCredential', taskPermissionType] : [vct],
    issuer: iss,
    subjects: [
      {
        ...(sub === undefined ? {} : { id: sub }),
        ...(permission === undefined ? {} : { permission }),
      },
    ],
    validFrom: timeOf(nbf ?? iat),
    validUntil: timeOf(exp),
    status: [],
    ...(status === undefined ? {} : { tokenStatus: status }),
  }
}

/** Whether it is a NumericDate is checked with the other claims of the token. */
const timeOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value * 1000 : undefined

/** The single key that the issuer bound the credential to (RFC 7800). */
export function boundKey({ cnf }: JsonObject): PublicKey | undefined {
  if (!isObject(cnf) || Object.keys(cnf).length !== 1 || !isObject(cnf.jwk)) return undefined
  const text = canonicalize(cnf.jwk)
  const known = knownKeys.get(text)
  if (known) return known
  const key = fromJwk(cnf.jwk)
  if (key) knownKeys.set(text, key)
  return key
}

/** Holders return, and importing a key again would cost more than the signature. */
const knownKeys = processCache<PublicKey>('bound_keys', { entries: 1_000, bytes: 1_000_000 })
