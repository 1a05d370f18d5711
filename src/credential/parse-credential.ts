import {
  isArray,
  isObject,
  isStrings,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { type Milliseconds, parseTime } from '../foundation/time.ts'
import { credentialsV1, credentialsV2 } from '../linked-data/context-urls.ts'
import { flawOfContext } from './contexts.ts'
import type { ParsedCredential } from './credential.ts'
import { flawOfResources } from './related-resource.ts'
import { isUrl } from './url.ts'

const maxContexts = 16
const maxParts = 64
const typedMembers = [
  'credentialStatus',
  'termsOfUse',
  'evidence',
  'refreshService',
  'credentialSchema',
] as const
/** The only keywords that a value may have: those of a language value object (VCDM 2.0, 11.1). */
const languageKeywords = new Set(['@value', '@language', '@direction'])

const bad = (detail: string): Refusal => refuse('value_malformed', detail)

/**
 * Checks the form of a credential, secured or not, against the VC Data Model: 2.0, or 1.1 if its
 * first context says so. `proof` is left to the securing mechanism.
 *
 * @see https://www.w3.org/TR/vc-data-model-2.0/#basic-concepts
 * @see https://www.w3.org/TR/vc-data-model-1.1/#basic-concepts
 */
export function parseCredential(value: JsonValue): ParsedCredential | Refusal {
  if (!isObject(value)) return refuse('malformed', 'the credential is not an object')
  const { proof: _, ...document } = value
  const types = parseHead(document, 'VerifiableCredential')
  if (isRefusal(types)) return types
  const issuer = isObject(document.issuer) ? document.issuer.id : document.issuer
  if (!isUrl(issuer)) return bad('issuer must be a URL, or an object whose id is one')
  const subjects = parseSubjects(document.credentialSubject)
  if (!subjects)
    return bad('credentialSubject must be an object with a claim, or a list of such objects')
  const times = parseTimes(document)
  if (isRefusal(times)) return times
  const flaw = flawOfMembers(document)
  if (flaw) return flaw
  return {
    document,
    id: document.id as string | undefined,
    types,
    issuer,
    subjects,
    ...times,
    status: asList(document.credentialStatus) as readonly JsonObject[],
  }
}

/** Names of VCDM 1.1's times; it reserves those of 2.0 as well. */
const timeMembers = {
  [credentialsV1]: { from: ['issuanceDate', 'validFrom'], until: ['expirationDate', 'validUntil'] },
  [credentialsV2]: { from: ['validFrom'], until: ['validUntil'] },
} as const

/** From its latest start to its earliest end. */
function parseTimes(
  document: JsonObject,
): Pick<ParsedCredential, 'validFrom' | 'validUntil'> | Refusal {
  const version = (document['@context'] as readonly JsonValue[])[0] as keyof typeof timeMembers
  const { from, until } = timeMembers[version]
  const read = (names: readonly string[]): readonly Milliseconds[] | Refusal => {
    const times: Milliseconds[] = []
    for (const name of names) {
      const value = document[name]
      if (value === undefined) continue
      const time = typeof value === 'string' ? parseTime(value) : undefined
      if (time === undefined) return bad(`${name} must be a dateTimeStamp`)
      times.push(time)
    }
    return times
  }
  const [starts, ends] = [read(from), read(until)]
  if (isRefusal(starts)) return starts
  if (isRefusal(ends)) return ends
  if (version === credentialsV1 && document.issuanceDate === undefined)
    return bad('a credential of VCDM 1.1 must have an issuanceDate')
  const validFrom = starts.length > 0 ? Math.max(...starts) : undefined
  const validUntil = ends.length > 0 ? Math.min(...ends) : undefined
  if (validFrom !== undefined && validUntil !== undefined && validFrom > validUntil)
    return bad('it ends before it begins')
  return { validFrom, validUntil }
}

/**
 * Checks the common part of credentials and presentations: `@context`, `id`, `type`. Returns the
 * types.
 */
export function parseHead(document: JsonObject, requiredType: string): readonly string[] | Refusal {
  const contexts = document['@context']
  if (!isArray(contexts) || (contexts[0] !== credentialsV2 && contexts[0] !== credentialsV1))
    return bad(`@context must be a list that begins with ${credentialsV2}`)
  if (contexts.length > maxContexts)
    return refuse('too_large', `@context is limited to ${maxContexts} items`)
  for (const item of contexts) {
    const flaw = flawOfContext(item)
    if (flaw === 'unknown') return refuse('context_unknown')
    if (flaw) return bad('an item of @context is malformed or redefines a protected term')
  }
  if ('id' in document && !isUrl(document.id)) return bad('id must be a single URL')
  const types = asList(document.type)
  if (!isStrings(types) || types.length > maxParts || !types.includes(requiredType))
    return bad(`type must be a list of names that includes ${requiredType}`)
  if (types.some((type) => type === '' || /\s/.test(type))) return bad('a type is not a name')
  return types
}

function parseSubjects(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  const subjects = asList(value)
  if (subjects.length === 0 || subjects.length > maxParts) return undefined
  for (const subject of subjects) {
    if (!isObject(subject) || Object.keys(subject).length === 0) return undefined
    if ('id' in subject && !isUrl(subject.id)) return undefined
  }
  return subjects as readonly JsonObject[]
}

function flawOfMembers(document: JsonObject): Refusal | undefined {
  for (const name of ['name', 'description']) {
    const value = document[name]
    if (value !== undefined && !isLanguageValue(value))
      return bad(`${name} must be a string or language value objects`)
  }
  for (const name of typedMembers) {
    if (!(name in document)) continue
    const entries = asList(document[name])
    if (entries.length > maxParts)
      return refuse('too_large', `${name} is limited to ${maxParts} items`)
    for (const entry of entries) {
      if (!isObject(entry) || !isTyped(entry)) return bad(`an entry of ${name} must have a type`)
      if ('id' in entry && !isUrl(entry.id)) return bad(`an id in ${name} is not a URL`)
      if (name === 'credentialSchema' && !('id' in entry))
        return bad('a credentialSchema must have an id')
    }
  }
  for (const member of Object.keys(document))
    if (member !== '@context' && (isKeyword(member) || hasKeyword(document[member]!)))
      return bad('a JSON-LD keyword is in a place where none is allowed')
  const flaw = flawOfResources(asList(document.relatedResource))
  return flaw === undefined ? undefined : bad(flaw)
}

function isLanguageValue(value: JsonValue): boolean {
  return asList(value).every(
    (item) =>
      typeof item === 'string' ||
      (isObject(item) &&
        typeof item['@value'] === 'string' &&
        Object.keys(item).every((member) => languageKeywords.has(member))),
  )
}

const isTyped = (entry: JsonObject): boolean =>
  asList(entry.type).length > 0 &&
  asList(entry.type).every((type) => typeof type === 'string' && type !== '')

/** Keywords of JSON-LD begin with `@`. */
const isKeyword = (member: string): boolean =>
  member.charCodeAt(0) === 0x40 && !languageKeywords.has(member)

function hasKeyword(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasKeyword)
  const object = value as JsonObject
  for (const member of Object.keys(object)) {
    if (isKeyword(member) || hasKeyword(object[member]!)) return true
  }
  return false
}

/** A JSON-LD value that may be a single item or a list, as a list. */
export const asList = (value: JsonValue | undefined): readonly JsonValue[] =>
  value === undefined ? [] : isArray(value) ? value : [value]
