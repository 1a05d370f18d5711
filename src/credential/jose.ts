import type { VerificationRelationship } from '../did/document.ts'
import { keyIn, signingKey } from '../did/signing-key.ts'
import { type Did, isDid } from '../did/syntax.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { fromBase64url, toBase64url, utf8 } from '../foundation/encoding.ts'
import { defaultJsonLimits, isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { algorithms } from '../keys/algorithm.ts'
import { type PublicKey, toJwk } from '../keys/public-key.ts'
import { flawOfSignature, type Signer } from '../keys/signature.ts'
import type { AuthenticateNeeds } from './verify-proofs.ts'

/**
 * Securing with JOSE: a compact JWS over the credential or presentation itself.
 *
 * @see https://www.w3.org/TR/vc-jose-cose/#securing-with-jose
 */
export type DocumentTokenType = 'vc+jwt' | 'vp+jwt'
export type SdJwtType = 'vc+sd-jwt' | 'dc+sd-jwt'
/** Also signs decision receipts, status lists, key bindings and reservations of status entries. */
export type TokenType =
  | DocumentTokenType
  | SdJwtType
  | 'kb+jwt'
  | 'decision+jwt'
  | 'statuslist+jwt'
  | 'procura-reservation+jwt'
  /** VCDM 1.1: verified, but not created. */
  | 'JWT'

const contentType = {
  'vc+jwt': 'vc',
  'vp+jwt': 'vp',
  'decision+jwt': undefined,
  'statuslist+jwt': undefined,
  'procura-reservation+jwt': undefined,
  'kb+jwt': undefined,
  JWT: undefined,
  'vc+sd-jwt': 'vc',
  'dc+sd-jwt': undefined,
} as const

/** A compact JWS with strictly parsed header and payload. Not verified. */
export interface Token {
  readonly compact: string
  readonly algorithm: string
  /** The header's `kid`: a DID URL, or the thumbprint of one of the issuer's JWKs. */
  readonly keyId: string
  readonly payload: JsonObject
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

const maxTokenLength = 262_144
const limits = { ...defaultJsonLimits, maxBytes: maxTokenLength }
/** Supported header members. Keys and key locations in a header are never used (RFC 8725, 3.10). */
const headerMembers = new Set(['alg', 'kid', 'typ', 'cty', 'iss'])

/**
 * Parses a compact JWS: three canonical base64url segments, a closed header, no duplicate members.
 */
export function parseToken(compact: string, type: TokenType): Token | Refusal {
  const bad = (detail: string) => refuse('malformed', detail)
  if (compact.length > maxTokenLength) return refuse('too_large')
  const segments = compact.split('.')
  if (segments.length !== 3) return bad('a compact token has three segments')
  const [headerText, payloadText, signatureText] = segments as [string, string, string]
  const payloadBytes = fromBase64url(payloadText)
  const signature = fromBase64url(signatureText)
  if (!payloadBytes || !signature) return bad('a segment is not canonical base64url')
  const header = readHeader(headerText)
  const payload = readObject(payloadBytes)
  if (!header || !payload) return bad('header and payload must be JSON objects in strict form')
  const strange = Object.keys(header).find((member) => !headerMembers.has(member))
  if (strange) return refuse('proof_unsupported', 'the header has an unsupported member')
  if (header.typ !== type) return refuse('proof_purpose', `typ must be ${type}`)
  if (header.cty !== undefined && header.cty !== contentType[type])
    return refuse('proof_purpose', 'cty contradicts typ')
  // For a key binding, the credential names the key; an older token may name none.
  const keyId = type === 'kb+jwt' ? '' : type === 'JWT' ? (header.kid ?? '') : header.kid
  if (typeof header.alg !== 'string' || typeof keyId !== 'string')
    return refuse('proof_unsupported', 'alg and kid are required')
  if (header.iss !== undefined && header.iss !== keyId.split('#', 1)[0])
    return refuse('signer_mismatch')
  if (type !== 'JWT' && ('vc' in payload || 'vp' in payload))
    return refuse('value_malformed', 'the payload must be the document itself, without vc or vp')
  const signingInput = utf8(compact.slice(0, headerText.length + 1 + payloadText.length))
  return { compact, algorithm: header.alg, keyId, payload, signingInput, signature }
}

/**
 * All tokens of an issuer have the same header, so parsed headers are cached, in bounded number.
 */
const readHeaders = new Map<string, JsonObject>()
const maxHeaders = 1024
const maxHeaderLength = 512

function readHeader(text: string): JsonObject | undefined {
  const known = readHeaders.get(text)
  if (known) return known
  const bytes = fromBase64url(text)
  const header = bytes && readObject(bytes)
  if (header && text.length <= maxHeaderLength) {
    if (readHeaders.size >= maxHeaders) readHeaders.clear()
    readHeaders.set(text, header)
  }
  return header
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(bytes, limits)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Signs a document as it is. The header names the key by its DID URL.
 *
 * @param verificationMethod undefined if the key is named elsewhere.
 */
export async function signToken(
  document: JsonObject,
  type: TokenType,
  verificationMethod: string | undefined,
  signer: Signer,
): Promise<string> {
  const cty = contentType[type]
  const header = {
    alg: algorithms[signer.publicKey.kind].jose,
    ...(verificationMethod === undefined ? {} : { kid: verificationMethod }),
    typ: type,
    ...(cty === undefined ? {} : { cty }),
  }
  const input = [header, document].map((part) => toBase64url(utf8(JSON.stringify(part)))).join('.')
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** Verifies that `controller` signed the token. The algorithm follows from the key alone. */
export async function verifyToken(
  needs: AuthenticateNeeds,
  token: Token,
  relationship: VerificationRelationship,
  controller: string,
): Promise<Refusal | undefined> {
  if (!isDid(controller)) return refuse('did_invalid', 'the signer is not identified by a DID')
  const found =
    token.keyId === '' || isThumbprint(token.keyId)
      ? keyOfThumbprint(needs, token.keyId, relationship, controller as Did)
      : signingKey(token.keyId, relationship, controller as Did, needs)
  // A check that may run on another thread starts before anything is awaited.
  const key = found instanceof Promise ? await found : found
  if (isRefusal(key)) return key
  if (!(algorithms[key.kind].joseAccepted as readonly string[]).includes(token.algorithm))
    return refuse('proof_unsupported', 'alg does not match the key')
  return flawOfSignature(needs, key, token.signingInput, token.signature)
}

/** SHA-256 in base64url. */
const isThumbprint = (keyId: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(keyId)

/**
 * The controller's key with this JWK thumbprint (RFC 7638), if it is authorized for the
 * relationship; without a thumbprint, its only key.
 */
async function keyOfThumbprint(
  { resolveDid, crypto, budget }: AuthenticateNeeds,
  thumbprint: string,
  relationship: VerificationRelationship,
  controller: Did,
): Promise<PublicKey | Refusal> {
  const document = await resolveDid(controller, { budget })
  if (isRefusal(document)) return document
  const { size } = document.relationships[relationship]
  for (const id of document.relationships[relationship]) {
    const key = keyIn(document, id, relationship)
    if (isRefusal(key)) continue
    if (thumbprint === '' && size === 1) return key
    const digest = await crypto.sha256(canonicalize({ ...toJwk(key) }))
    if (toBase64url(digest) === thumbprint) return key
  }
  return refuse('key_invalid', 'the DID document lists no key with this thumbprint')
}

type EnvelopeType = DocumentTokenType | SdJwtType
const envelopePrefix = (type: EnvelopeType) => `data:application/${type},`
const envelopeTypes = {
  credential: 'EnvelopedVerifiableCredential',
  presentation: 'EnvelopedVerifiablePresentation',
} as const
type Enveloped = keyof typeof envelopeTypes

/** Wraps a token for places that require an object (VCDM 2.0, 4.12.1 and 4.12.2). */
export const envelop = (
  compact: string,
  type: EnvelopeType,
  what: Enveloped = type === 'vp+jwt' ? 'presentation' : 'credential',
): JsonObject => ({
  '@context': 'https://www.w3.org/ns/credentials/v2',
  id: `${envelopePrefix(type)}${compact}`,
  type: envelopeTypes[what],
})

export const isEnvelope = (
  value: JsonObject,
  what: Enveloped,
): value is JsonObject & { readonly id: string } =>
  value.type === envelopeTypes[what] ||
  (Array.isArray(value.type) && value.type.includes(envelopeTypes[what]))

/** The kind of token that an envelope claims to hold. */
export const typeInEnvelope = ({ id }: JsonObject): EnvelopeType | undefined =>
  (['vc+jwt', 'vp+jwt', 'dc+sd-jwt', 'vc+sd-jwt'] as const).find(
    (type) => typeof id === 'string' && id.startsWith(envelopePrefix(type)),
  )

/** The token in an envelope. Only the token is used, because nothing else in the envelope is signed. */
export function parseEnvelope(value: JsonObject, type: EnvelopeType): string | Refusal {
  const extra = Object.keys(value).find((member) => !['@context', 'id', 'type'].includes(member))
  if (extra) return refuse('malformed', 'an envelope has only the members @context, id and type')
  const prefix = envelopePrefix(type)
  if (typeof value.id !== 'string' || !value.id.startsWith(prefix))
    return refuse('malformed', `the id of the envelope must begin with ${prefix}`)
  return value.id.slice(prefix.length)
}

export function openEnvelope(value: JsonObject, type: DocumentTokenType): Token | Refusal {
  const compact = parseEnvelope(value, type)
  return isRefusal(compact) ? compact : parseToken(compact, type)
}
