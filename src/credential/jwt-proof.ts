import { isObject, isStrings, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { formatTime } from '../foundation/time.ts'
import { parseToken, type Token } from './jose.ts'

/**
 * Contents of a VCDM 1.1 JWT, as created by Veramo and others before VC-JOSE-COSE: the document in
 * the claim `vc` or `vp`, with parts in the registered claims. Read only.
 *
 * @see https://www.w3.org/TR/vc-data-model-1.1/#json-web-token
 */
export interface JwtProof {
  readonly token: Token
  /** The document that the token carries, without the unsigned parts around the token. */
  readonly document: JsonObject
}

export const isJwtProof = ({ proof }: JsonObject): boolean =>
  isObject(proof) && proof.type === 'JwtProof2020'

const bad = (detail: string): Refusal => refuse('value_malformed', detail)

export function readJwtCredential(value: JsonObject): JwtProof | Refusal {
  const token = tokenIn(value)
  if (isRefusal(token)) return token
  const { vc, iss, jti, sub, nbf, exp } = token.payload
  if (!isObject(vc) || 'vp' in token.payload) return bad('the token carries no credential')
  const { issuer, credentialSubject: subject, id } = vc
  const named = isObject(issuer) ? issuer.id : issuer
  if (named !== undefined && named !== iss) return bad('iss contradicts the credential')
  if (id !== undefined && jti !== undefined && id !== jti)
    return bad('jti contradicts the credential')
  if (!isObject(subject)) return bad('the token has no single subject')
  if (subject.id !== undefined && sub !== undefined && subject.id !== sub)
    return bad('sub contradicts the credential')
  return {
    token,
    document: {
      ...vc,
      ...(jti === undefined ? {} : { id: jti }),
      issuer: isObject(issuer) ? { ...issuer, id: iss ?? null } : (iss ?? null),
      credentialSubject: sub === undefined ? subject : { ...subject, id: sub },
      ...timeOf('issuanceDate', nbf),
      ...timeOf('expirationDate', exp),
    },
  }
}

export function readJwtPresentation(value: JsonObject): JwtProof | Refusal {
  const token = tokenIn(value)
  if (isRefusal(token)) return token
  const { vp, iss } = token.payload
  if (!isObject(vp) || 'vc' in token.payload) return bad('the token carries no presentation')
  if (vp.holder !== undefined && vp.holder !== iss) return bad('iss contradicts the presentation')
  const { verifiableCredential: listed } = vp
  const compact = typeof listed === 'string' ? [listed] : listed
  const credentials = isStrings(compact)
    ? compact.map((jwt) => ({ proof: { type: 'JwtProof2020', jwt } }))
    : compact
  return {
    token,
    document: {
      ...vp,
      holder: iss ?? null,
      ...(credentials === undefined ? {} : { verifiableCredential: credentials }),
    },
  }
}

function tokenIn({ proof }: JsonObject): Token | Refusal {
  const { jwt } = proof as JsonObject
  return typeof jwt === 'string'
    ? parseToken(jwt, 'JWT')
    : refuse('proof_malformed', 'the proof does not hold a token')
}

/** Whether the claim is a NumericDate is checked with the others. */
const timeOf = (name: string, claim: JsonValue | undefined): JsonObject =>
  typeof claim === 'number' ? { [name]: formatTime(claim * 1000) } : {}
