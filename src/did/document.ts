import { fromMultibase58 } from '../foundation/encoding.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import { fromJwk, fromMultikey, type PublicKey, publicKey, toMultikey } from '../keys/public-key.ts'
import { type Did, parseDidUrl } from './syntax.ts'

export const verificationRelationships = [
  'authentication',
  'assertionMethod',
  'keyAgreement',
  'capabilityInvocation',
  'capabilityDelegation',
] as const
export type VerificationRelationship = (typeof verificationRelationships)[number]

export interface VerificationMethod {
  /** Full DID URL: a fragment alone would match another DID's key with the same fragment. */
  readonly id: string
  readonly controller: Did
  /** Absent if the kind of key is not used here. */
  readonly key: PublicKey | undefined
}

export interface DidDocument {
  readonly id: Did
  readonly methods: ReadonlyMap<string, VerificationMethod>
  readonly relationships: Readonly<Record<VerificationRelationship, ReadonlySet<string>>>
  /** The document as published. */
  readonly json: JsonObject
  /** Superseded keys of a DID of this service, with when: what the document itself does not say. */
  readonly superseded?: ReadonlyMap<string, Milliseconds> | undefined
}

const maxMethods = 64

/** Parses a published DID document. Refuses one for another DID than the requested one. */
export function parseDidDocument(json: JsonValue, did: Did): DidDocument | Refusal {
  const bad = (detail: string) => refuse('did_document_invalid', detail)
  if (!isObject(json)) return bad('the document is not an object')
  if (json.id !== did) return bad('the document is for another DID')
  const listed = json.verificationMethod ?? []
  if (!isArray(listed) || listed.length > maxMethods)
    return bad('verificationMethod is not a list, or too long')
  const methods = new Map<string, VerificationMethod>()
  const relationships = Object.fromEntries(
    verificationRelationships.map((name) => [name, new Set<string>()]),
  ) as Record<VerificationRelationship, Set<string>>

  const add = (value: JsonValue): VerificationMethod | undefined => {
    const method = parseVerificationMethod(value, did)
    if (!method || methods.has(method.id)) return undefined
    methods.set(method.id, method)
    return method
  }
  for (const value of listed)
    if (!add(value)) return bad('a verification method is malformed or duplicated')
  for (const name of verificationRelationships) {
    const entries = json[name] ?? []
    if (!isArray(entries) || entries.length > maxMethods)
      return bad(`${name} is not a list, or too long`)
    for (const entry of entries) {
      const id = typeof entry === 'string' ? absolute(entry, did) : add(entry)?.id
      if (!id) return bad(`an entry of ${name} is malformed`)
      relationships[name].add(id)
    }
  }
  return { id: did, methods, relationships, json }
}

const absolute = (reference: string, did: Did): string =>
  reference.startsWith('#') ? `${did}${reference}` : reference

function parseVerificationMethod(value: JsonValue, did: Did): VerificationMethod | undefined {
  if (!isObject(value) || typeof value.id !== 'string' || typeof value.controller !== 'string')
    return undefined
  const id = absolute(value.id, did)
  if (!parseDidUrl(id)?.fragment) return undefined
  // Accidentally published private key material: the whole document is not trusted.
  if (isObject(value.publicKeyJwk) && 'd' in value.publicKeyJwk) return undefined
  return { id, controller: value.controller as Did, key: parseKey(value) }
}

function parseKey(method: JsonObject): PublicKey | undefined {
  const { type, publicKeyMultibase: multibase, publicKeyJwk: jwk, publicKeyBase58: base58 } = method
  if (type === 'JsonWebKey' || type === 'JsonWebKey2020')
    return jwk === undefined ? undefined : fromJwk(jwk)
  if (type === 'Multikey' || type === 'Ed25519VerificationKey2020')
    return typeof multibase === 'string' ? fromMultikey(multibase) : undefined
  if (type === 'Ed25519VerificationKey2018' && typeof base58 === 'string') {
    const bytes = fromMultibase58(`z${base58}`)
    return bytes && publicKey('Ed25519', bytes)
  }
  return undefined
}

export interface PublishedKey {
  readonly fragment: string
  readonly key: PublicKey
  /** A key kept only to verify older signatures signs nothing new. */
  readonly relationships: readonly VerificationRelationship[]
}

/** Creates the document of a DID whose keys are known, in Multikey form. */
export function makeDidDocument(did: Did, keys: readonly PublishedKey[]): JsonObject {
  const withRelationship = (name: VerificationRelationship): Record<string, string[]> => {
    const ids = keys
      .filter((key) => key.relationships.includes(name))
      .map((key) => `${did}#${key.fragment}`)
    return ids.length > 0 ? { [name]: ids } : {}
  }
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: keys.map(({ fragment, key }) => ({
      id: `${did}#${fragment}`,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase: toMultikey(key),
    })),
    ...withRelationship('authentication'),
    ...withRelationship('assertionMethod'),
    ...withRelationship('capabilityInvocation'),
    ...withRelationship('capabilityDelegation'),
  }
}
