import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'

/** What a delegated credential may say. What secures it stands beside. */
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

/** Registered claims of a token (RFC 7519, 4.1), each with what it must repeat; `iat` only says when it was signed. */
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
 * What is wrong with the form of a delegated permission, if anything. Trust in the issuer of the root
 * is no trust in whoever signs below it: a schema, terms or a resource that one of those named would
 * be fetched, run or relied on as if the root's issuer had.
 *
 * @see permission-model.md, 7.1
 */
export function flawOfDelegated(credential: SecuredCredential): Refusal | undefined {
  const bad = (detail: string) => refuse('permission_malformed', detail)
  const { document, securing } = credential
  const token = securing.mechanism === 'jose' ? securing.token : undefined
  if (token && 'vc' in token.payload)
    return bad('a delegated permission is a credential of VCDM 2.0')
  if (typeof document.issuer !== 'string')
    return bad('the issuer of a delegated permission is a DID alone')
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
