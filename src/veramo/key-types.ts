import type { TKeyType } from '@veramo/core'
import { fromBase64url, fromHex } from '../foundation/encoding.ts'
import { algorithms, type KeyKind } from '../keys/algorithm.ts'
import { type PublicKey, publicKey } from '../keys/public-key.ts'

/** Veramo's names for our kinds of key. */
export const veramoKeyType: Readonly<Record<KeyKind, TKeyType>> = {
  Ed25519: 'Ed25519',
  'P-256': 'Secp256r1',
  // Veramo has no name for it yet; its managers pass any on.
  'P-384': 'Secp384r1' as TKeyType,
}

const kinds: ReadonlyMap<string, KeyKind> = new Map(
  Object.entries(veramoKeyType).map(([kind, type]) => [type, kind as KeyKind]),
)

export const kindOf = (type: string): KeyKind | undefined => kinds.get(type)

/** A key in Veramo's form: raw for Ed25519, compressed or uncompressed for the others. */
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
  const { publicKeyLength } = algorithms[kind]
  // Uncompressed: a byte, x, y.
  if (kind !== 'Ed25519' && bytes[0] === 4 && bytes.length === 2 * publicKeyLength - 1)
    return publicKey(
      kind,
      Uint8Array.of(2 + (bytes.at(-1)! & 1), ...bytes.subarray(1, publicKeyLength)),
    )
  return publicKey(kind, bytes)
}

export function signatureOf(text: string): Uint8Array {
  const signature = fromBase64url(text)
  if (!signature)
    throw new TypeError('a key management system must return its signature as base64url')
  return signature
}
