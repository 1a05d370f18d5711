import { fromMultibase58, toBase64url } from '../foundation/encoding.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import { publicKey, toJwk } from '../keys/public-key.ts'
import type { Did } from './syntax.ts'

/**
 * Describes a did:key as its method specification does, for resolvers: with more kinds of keys than
 * are used here, versions, and a choice of key formats.
 *
 * @see https://w3c-ccg.github.io/did-key-spec/#document-creation-algorithm
 */
export type DescribedKey = { readonly document: JsonObject } | { readonly error: KeyError }

export type KeyError =
  | 'INVALID_DID'
  | 'INVALID_PUBLIC_KEY'
  | 'INVALID_PUBLIC_KEY_LENGTH'
  | 'INVALID_PUBLIC_KEY_TYPE'
  | 'UNSUPPORTED_PUBLIC_KEY_TYPE'

interface Codec {
  /** Unsigned-varint multicodec prefix. */
  readonly prefix: readonly [number, number]
  readonly length: number
  readonly kind?: KeyKind
  /** Encrypts; does not sign. */
  readonly isForAgreement?: true
}

const codecs: Readonly<Record<string, Codec>> = {
  Ed25519: { prefix: [0xed, 0x01], length: 32, kind: 'Ed25519' },
  'P-256': { prefix: [0x80, 0x24], length: 33, kind: 'P-256' },
  'P-384': { prefix: [0x81, 0x24], length: 49, kind: 'P-384' },
  'P-521': { prefix: [0x82, 0x24], length: 67 },
  secp256k1: { prefix: [0xe7, 0x01], length: 33 },
  X25519: { prefix: [0xec, 0x01], length: 32, isForAgreement: true },
}

const contexts = {
  Multikey: 'https://w3id.org/security/multikey/v1',
  JsonWebKey: 'https://w3id.org/security/jwk/v1',
  JsonWebKey2020: 'https://w3id.org/security/suites/jws-2020/v1',
  Ed25519VerificationKey2020: 'https://w3id.org/security/suites/ed25519-2020/v1',
  X25519KeyAgreementKey2020: 'https://w3id.org/security/suites/x25519-2020/v1',
} as const
type KeyFormat = keyof typeof contexts

/** Formats that apply to one curve only. */
const curveOf: Partial<Record<KeyFormat, string>> = {
  Ed25519VerificationKey2020: 'Ed25519',
  X25519KeyAgreementKey2020: 'X25519',
}

/** Formats that are experimental or obsolete. */
const experimental = new Set([
  'Ed25519VerificationKey2018',
  'X25519KeyAgreementKey2019',
  'EcdsaSecp256k1VerificationKey2019',
  'EcdsaSecp256r1VerificationKey2019',
  'P256Key2021',
  'P384Key2021',
  'P521Key2021',
  'UnsupportedVerificationKey2020',
])

/** @param identifier what follows `did:key:`. */
export function describeDidKey(identifier: string, format: string = 'Multikey'): DescribedKey {
  const [multibase = '', version = '1', ...others] = identifier.split(':').reverse()
  if (others.length > 0 || !/^[1-9]\d*(?:\.\d+)*$/.test(version)) return { error: 'INVALID_DID' }
  const bytes = fromMultibase58(multibase)
  if (!bytes) return { error: 'INVALID_DID' }
  const [curve, codec] =
    Object.entries(codecs).find(([, { prefix }]) => prefix.every((byte, i) => bytes[i] === byte)) ??
    []
  if (!curve || !codec) return { error: 'UNSUPPORTED_PUBLIC_KEY_TYPE' }
  const raw = bytes.slice(codec.prefix.length)
  if (raw.length !== codec.length) return { error: 'INVALID_PUBLIC_KEY_LENGTH' }
  if (codec.kind && !publicKey(codec.kind, raw)) return { error: 'INVALID_PUBLIC_KEY' }
  if (!Object.hasOwn(contexts, format))
    return {
      error: experimental.has(format) ? 'INVALID_PUBLIC_KEY_TYPE' : 'UNSUPPORTED_PUBLIC_KEY_TYPE',
    }
  const known = format as KeyFormat
  const key = writeKey(known, curve, codec, raw, multibase)
  return key
    ? { document: writeDocument(`did:key:${identifier}`, multibase, known, key, codec) }
    : { error: 'INVALID_PUBLIC_KEY_TYPE' }
}

function writeKey(
  format: KeyFormat,
  curve: string,
  { kind }: Codec,
  raw: Uint8Array,
  multibase: string,
): JsonObject | undefined {
  if ((curveOf[format] ?? curve) !== curve) return undefined
  if (!format.startsWith('JsonWebKey')) return { publicKeyMultibase: multibase }
  const key = kind && publicKey(kind, raw)
  if (key) return { publicKeyJwk: { ...toJwk(key) } }
  return curve === 'X25519'
    ? { publicKeyJwk: { kty: 'OKP', crv: 'X25519', x: toBase64url(raw) } }
    : undefined
}

function writeDocument(
  did: Did,
  fragment: string,
  format: KeyFormat,
  key: JsonObject,
  { isForAgreement }: Codec,
): JsonObject {
  const id = `${did}#${fragment}`
  const relationships = isForAgreement
    ? ['keyAgreement']
    : ['authentication', 'assertionMethod', 'capabilityInvocation', 'capabilityDelegation']
  return {
    '@context': ['https://www.w3.org/ns/did/v1', contexts[format]],
    id: did,
    verificationMethod: [{ id, type: format, controller: did, ...key }],
    ...Object.fromEntries(relationships.map((name) => [name, [id]])),
  }
}
