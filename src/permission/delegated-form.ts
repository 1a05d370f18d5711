import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'

/** Members that a delegated credential may have, besides its securing. */
const members: ReadonlySet<string> = new Set([
  '@context',
  'id',
  'type',
  'issuer',
  'validFrom',
  'validUntil',
  'credentialSubject',
  'credentialStatus',
])

/**
 * Registered claims of a token (RFC 7519, 4.1), each with the member it must repeat; `iat` only
 * states when it was signed.
 */
const claims: Readonly<Record<string, (credential: SecuredCredential) => JsonValue | undefined>> = {
  iss: ({ issuer }) => issuer,
  jti: ({ id }) => id,
  sub: ({ subjects }) => subjects[0]?.id,
  nbf: ({ validFrom }) => inSeconds(validFrom),
  exp: ({ validUntil }) => inSeconds(validUntil),
  iat: ({ document }) => document.iat,
}

const inSeconds = (time: number | undefined) => (time === undefined ? undefined : time / 1000)

/**
 * Checks the form of a delegated permission. Trust in the root issuer does not extend to those who
 * sign below it: a schema, terms or resource named by one of them would be fetched, evaluated or
 * relied on as if the root issuer had named it.
 *
 * @see permission-model.md, 7.1
 */
export function flawOfDelegated(credential: SecuredCredential): Refusal | undefined {
  const bad = (detail: string) => refuse('permission_malformed', detail)
  const { document, securing } = credential
  const token = securing.mechanism === 'jose' ? securing.token : undefined
  if (token && 'vc' in token.payload) return bad('a delegated permission is a VCDM 2.0 credential')
  if (typeof document.issuer !== 'string')
    return bad('the issuer of a delegated permission is only a DID')
  for (const name of Object.keys(document)) {
    if (members.has(name)) continue
    if (!token || !Object.hasOwn(claims, name))
      return bad('a delegated permission has a member that only a root may have')
    if (!isRepeated(document, name, credential))
      return bad(`${name} contradicts the delegated permission`)
  }
  return undefined
}

const isRepeated = (document: JsonObject, name: string, credential: SecuredCredential): boolean =>
  document[name] === claims[name]!(credential)
