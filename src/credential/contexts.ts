import { isObject, type JsonValue } from '../json.ts'

export const credentialsV2 = 'https://www.w3.org/ns/credentials/v2'
export const procuraV1 = 'https://w3id.org/procura/v1'

/** JSON-LD contexts that may be named. None is ever fetched: what is not here is refused. */
export const bundledContexts: ReadonlySet<string> = new Set([
  credentialsV2,
  procuraV1,
  'https://www.w3.org/ns/credentials/examples/v2',
  'https://w3id.org/security/data-integrity/v2',
  'https://w3id.org/security/multikey/v1',
  'https://www.w3.org/ns/did/v1',
])

/** Terms that the base context protects: a context in the credential may not give them another meaning. */
const protectedTerms = new Set([
  'id',
  'type',
  'name',
  'description',
  'digestMultibase',
  'digestSRI',
  'mediaType',
  'VerifiableCredential',
  'VerifiablePresentation',
  'EnvelopedVerifiableCredential',
  'EnvelopedVerifiablePresentation',
  'JsonSchema',
  'JsonSchemaCredential',
  'BitstringStatusList',
  'BitstringStatusListCredential',
  'BitstringStatusListEntry',
  'DataIntegrityProof',
  'TaskPermissionCredential',
  'permission',
  'credentialSubject',
  'credentialStatus',
  'credentialSchema',
  'confidenceMethod',
  'evidence',
  'holder',
  'issuer',
  'proof',
  'refreshService',
  'relatedResource',
  'renderMethod',
  'termsOfUse',
  'validFrom',
  'validUntil',
  'verifiableCredential',
])

/** What is wrong with an item of `@context`, if anything. */
export function flawOfContext(item: JsonValue): 'unknown' | 'malformed' | 'redefines' | undefined {
  if (typeof item === 'string') {
    if (bundledContexts.has(item)) return undefined
    return URL.canParse(item) ? 'unknown' : 'malformed'
  }
  if (!isObject(item)) return 'malformed'
  for (const [term, definition] of Object.entries(item)) {
    if (protectedTerms.has(term)) return 'redefines'
    if (term.startsWith('@')) {
      if (term !== '@vocab' || typeof definition !== 'string') return 'redefines'
    } else if (typeof definition !== 'string' && !isObject(definition)) return 'malformed'
  }
  return undefined
}
