import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { JsonObject } from '../../foundation/json.ts'
import { algorithms, type KeyKind } from '../../keys/algorithm.ts'
import { fromJwk, type PublicKey } from '../../keys/public-key.ts'
import type { Signer } from '../../keys/signature.ts'
import { fromDer } from './ecdsa-encoding.ts'

/** The hash that ECDSA uses on each curve; Ed25519 has its own. */
export const ecdsaDigests: Readonly<Record<KeyKind, string | null>> = {
  Ed25519: null,
  'P-256': 'sha256',
  'P-384': 'sha384',
}

export const generateKeyPair = (kind: KeyKind) =>
  kind === 'Ed25519'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('ec', { namedCurve: kind })

/** Signs with a key object of node:crypto. */
export const nodeSigner = (publicKey: PublicKey, privateKey: KeyObject): Signer => ({
  publicKey,
  sign: (data) =>
    publicKey.kind === 'Ed25519'
      ? sign(null, data, privateKey)
      : fromDer(
          sign(ecdsaDigests[publicKey.kind], data, privateKey),
          algorithms[publicKey.kind].signatureLength / 2,
        ),
})

/** A private key in JWK form, for holders without a key store. */
export type PrivateJwk = JsonObject & { readonly d: string }

export function generatePrivateJwk(kind: KeyKind): PrivateJwk {
  const { privateKey } = generateKeyPair(kind)
  return privateKey.export({ format: 'jwk' }) as PrivateJwk
}

/** @throws TypeError if the JWK is not a valid private key of a supported kind. */
export function signerFromJwk(jwk: PrivateJwk): Signer {
  const { d: _, ...publicJwk } = jwk
  const publicKey = fromJwk(publicJwk)
  if (!publicKey) throw new TypeError('the JWK is not an Ed25519, P-256 or P-384 private key')
  return nodeSigner(publicKey, createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
}
