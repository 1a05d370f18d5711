import type { TKeyType } from '@veramo/core'
import { fromBase64url, fromHex } from '../encoding.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import { type PublicKey, publicKey } from '../keys/public-key.ts'

/** Veramo's names for our kinds of key. */
export const veramoKeyType: Readonly<Record<KeyKind, TKeyType>> = {
  Ed25519: 'Ed25519',
  'P-256': 'Secp256r1',
}

export const kindOf = (type: string): KeyKind | undefined =>
  type === 'Ed25519' ? 'Ed25519' : type === 'Secp256r1' ? 'P-256' : undefined

/** A key as Veramo describes it: raw for Ed25519, compressed or uncompressed for P-256. */
export function publicKeyOf({
  type,
  publicKeyHex,
}: {
  readonly type: string
  readonly publicKeyHex: string
}): PublicKey | undefined {
  const kind = kindOf(type)
  const bytes = fromHex(publicKeyHex)
  if (!kind || !bytes) return undefined
  if (kind === 'P-256' && bytes.length === 65)
    return publicKey(kind, Uint8Array.of(2 + (bytes[64]! & 1), ...bytes.subarray(1, 33)))
  return publicKey(kind, bytes)
}

export function signatureOf(text: string): Uint8Array {
  const signature = fromBase64url(text)
  if (!signature)
    throw new TypeError('a key management system must return its signature as base64url')
  return signature
}
