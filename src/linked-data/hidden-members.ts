import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { endOfObject } from './quads.ts'

const credentials = 'https://www.w3.org/2018/credentials#'
const security = 'https://w3id.org/security#'

/** Members that a verifier reads by name, by their RDF predicate. */
export type ReadMembers = ReadonlyMap<string, string>

export const membersOfCredentials: ReadMembers = new Map(
  [
    'issuer',
    'credentialSubject',
    'credentialStatus',
    'credentialSchema',
    'validFrom',
    'validUntil',
    'issuanceDate',
    'expirationDate',
    'termsOfUse',
    'evidence',
    'refreshService',
    'relatedResource',
  ].map((name) => [`<${credentials}${name}>`, name]),
)

export const membersOfProofs: ReadMembers = new Map([
  [`<${security}challenge>`, 'challenge'],
  [`<${security}domain>`, 'domain'],
  [`<${security}expiration>`, 'expires'],
  ['<http://purl.org/dc/terms/created>', 'created'],
  [`<${security}proofPurpose>`, 'proofPurpose'],
  [`<${security}verificationMethod>`, 'verificationMethod'],
  [`<${security}previousProof>`, 'previousProof'],
])

/**
 * Whether a document states something under another name than the one a verifier reads. One graph
 * can be written in many ways: a holder could rename `credentialStatus` to its IRI or to a term of
 * its own, and the signature would still be valid although nobody sees the status.
 *
 * @param canonical its canonical N-Quads.
 */
export function hidesMembers(
  document: JsonObject,
  canonical: string,
  members: ReadMembers,
): boolean {
  const said = new Map<string, number>()
  for (let start = 0; start < canonical.length; start = canonical.indexOf('\n', start) + 1) {
    // Neither a subject nor a predicate contains a space.
    const predicate = canonical.indexOf(' ', start) + 1
    const object = canonical.indexOf(' ', predicate) + 1
    const name = members.get(canonical.slice(predicate, object - 1))
    // A named graph is another document, such as a credential in a presentation.
    if (name !== undefined && canonical[endOfObject(canonical, object) + 1] === '.')
      said.set(name, (said.get(name) ?? 0) + 1)
  }
  for (const [name, times] of said) if (times > count(document[name])) return true
  return false
}

const count = (value: JsonValue | undefined): number =>
  value === undefined ? 0 : Array.isArray(value) ? value.length : 1
