import { isObject, type JsonValue } from '../foundation/json.ts'
import { bundledUrls } from '../linked-data/context-urls.ts'

/** The permitted contexts. */
const bundled: ReadonlySet<string> = new Set(bundledUrls)

/** Terms protected by the base context: a context in the credential may not redefine them. */
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

/** Whether the context is known here. */
export const isBundled = (item: JsonValue): boolean => typeof item === 'string' && bundled.has(item)

/** What is wrong with an item of `@context`, if anything. */
export function flawOfContext(item: JsonValue): 'unknown' | 'malformed' | 'redefines' | undefined {
  if (typeof item === 'string') {
    if (bundled.has(item)) return undefined
    return URL.canParse(item) ? 'unknown' : 'malformed'
  }
  if (!isObject(item)) return 'malformed'
  for (const [term, definition] of Object.entries(item)) {
    if (protectedTerms.has(term)) return 'redefines'
    if (term.startsWith('@')) {
      const isHarmless =
        (term === '@vocab' && typeof definition === 'string') ||
        (term === '@protected' && typeof definition === 'boolean')
      if (!isHarmless) return 'redefines'
    } else if (typeof definition !== 'string' && !isObject(definition)) return 'malformed'
  }
  return undefined
}
