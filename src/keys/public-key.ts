import {
  concatBytes,
  fromBase64url,
  fromMultibase58,
  toBase64url,
  toMultibase58,
} from '../foundation/encoding.ts'
import { isObject, type JsonValue } from '../foundation/json.ts'
import { algorithms, type KeyKind, keyKinds } from './algorithm.ts'
import { decompressPoint, isSafeEd25519Point } from './points.ts'

/** A public key whose encoding and point have been validated. */
export interface PublicKey {
  readonly kind: KeyKind
  /** Ed25519: 32 bytes. P-256 and P-384: the compressed point, 33 and 49 bytes. */
  readonly bytes: Uint8Array
}

export interface PublicJwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y?: string
}

/** @returns undefined if the bytes are not a point that is safe to verify signatures with. */
export function publicKey(kind: KeyKind, bytes: Uint8Array): PublicKey | undefined {
  const sound =
    kind === 'Ed25519' ? isSafeEd25519Point(bytes) : decompressPoint(kind, bytes) !== undefined
  return sound ? { kind, bytes } : undefined
}

/** Multikey form: `z` and base58-btc of the multicodec prefix and the key (CID 1.0, 2.2.2). */
export const toMultikey = (key: PublicKey): string => toMultibase58(toMultikeyBytes(key))

/** The same as bytes: the multicodec prefix and the key. */
export const toMultikeyBytes = (key: PublicKey): Uint8Array =>
  concatBytes(Uint8Array.from(algorithms[key.kind].prefix), key.bytes)

/**
 * @returns undefined for another multibase, another multicodec (X25519, private keys, a prefix that
 *   is not minimal), a wrong length, or an unsafe point.
 */
export function fromMultikey(text: string): PublicKey | undefined {
  const bytes = fromMultibase58(text)
  return bytes && fromMultikeyBytes(bytes)
}

export function fromMultikeyBytes(bytes: Uint8Array): PublicKey | undefined {
  const kind = keyKinds.find((kind) =>
    algorithms[kind].prefix.every((byte, i) => bytes[i] === byte),
  )
  return kind && publicKey(kind, bytes.slice(algorithms[kind].prefix.length))
}

export function toJwk(key: PublicKey): PublicJwk {
  const { jwk } = algorithms[key.kind]
  if (key.kind === 'Ed25519') return { ...jwk, x: toBase64url(key.bytes) }
  const { x, y } = decompressPoint(key.kind, key.bytes)!
  return { ...jwk, x: toBase64url(x), y: toBase64url(y) }
}

/**
 * Parses a public JWK. Refuses one with private members, or declared for anything but verifying
 * signatures (RFC 7517, 4.2 and 4.3).
 */
export function fromJwk(value: JsonValue): PublicKey | undefined {
  if (!isObject(value) || 'd' in value || 'k' in value) return undefined
  const { kty, crv, x, y, use, key_ops: operations, alg } = value
  const kind = keyKinds.find(
    (kind) => algorithms[kind].jwk.kty === kty && algorithms[kind].jwk.crv === crv,
  )
  if (!kind || typeof x !== 'string') return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  if (alg !== undefined && !(algorithms[kind].joseAccepted as readonly JsonValue[]).includes(alg))
    return undefined
  const xBytes = fromBase64url(x)
  if (!xBytes) return undefined
  if (kind === 'Ed25519') return y === undefined ? publicKey(kind, xBytes) : undefined
  return fromCoordinates(kind, xBytes, typeof y === 'string' ? fromBase64url(y) : undefined)
}

function fromCoordinates(
  kind: 'P-256' | 'P-384',
  x: Uint8Array,
  y: Uint8Array | undefined,
): PublicKey | undefined {
  if (y?.length !== x.length || y.length === 0) return undefined
  const bytes = concatBytes(Uint8Array.of(2 + (y.at(-1)! & 1)), x)
  const point = decompressPoint(kind, bytes)
  if (!point?.y.every((byte, i) => byte === y[i])) return undefined
  return { kind, bytes }
}
