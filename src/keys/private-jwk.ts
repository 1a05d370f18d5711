import type { JsonObject } from '../foundation/json.ts'
import { fromJwk, type PublicKey } from './public-key.ts'

/** A private key in JWK form (RFC 7517), for holders without a key store. */
export type PrivateJwk = JsonObject & { readonly d: string }

/** @throws TypeError if the JWK is not a private key of a supported kind. */
export function publicKeyOf({ d, ...publicJwk }: PrivateJwk): PublicKey {
  const publicKey = fromJwk(publicJwk)
  if (!publicKey || typeof d !== 'string')
    throw new TypeError('the JWK is not an Ed25519, P-256 or P-384 private key')
  return publicKey
}
