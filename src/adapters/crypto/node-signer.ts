import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { algorithms, type KeyKind } from '../../keys/algorithm.ts'
import { type PrivateJwk, publicKeyOf } from '../../keys/private-jwk.ts'
import type { PublicKey } from '../../keys/public-key.ts'
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

export function generatePrivateJwk(kind: KeyKind): PrivateJwk {
  const { privateKey } = generateKeyPair(kind)
  return privateKey.export({ format: 'jwk' }) as PrivateJwk
}

/** @throws TypeError if the JWK is not a valid private key of a supported kind. */
export function signerFromJwk(jwk: PrivateJwk): Signer {
  return nodeSigner(publicKeyOf(jwk), createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
}
