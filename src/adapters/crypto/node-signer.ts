import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { JsonObject } from '../../json.ts'
import type { KeyKind } from '../../keys/algorithm.ts'
import { fromJwk, type PublicKey } from '../../keys/public-key.ts'
import type { Signer } from '../../keys/signature.ts'

/** Signs with a key object of node:crypto. */
export const nodeSigner = (publicKey: PublicKey, privateKey: KeyObject): Signer => ({
  publicKey,
  sign: (data) =>
    publicKey.kind === 'Ed25519'
      ? sign(null, data, privateKey)
      : sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
})

/** A private key in JWK form, as somebody keeps it who has no better place. */
export type PrivateJwk = JsonObject & { readonly d: string }

export function generatePrivateJwk(kind: KeyKind): PrivateJwk {
  const { privateKey } =
    kind === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'jwk' }) as PrivateJwk
}

/** @throws TypeError if the JWK holds no sound Ed25519 or P-256 private key. */
export function signerFromJwk(jwk: PrivateJwk): Signer {
  const { d: _, ...publicJwk } = jwk
  const publicKey = fromJwk(publicJwk)
  if (!publicKey) throw new TypeError('the JWK is no Ed25519 or P-256 key')
  return nodeSigner(publicKey, createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
}
