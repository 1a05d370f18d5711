import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { BoundedCache } from '../../foundation/cache.ts'
import { concatBytes, fromBase64url, toBase64url } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { KeyKeeper, SealedKey } from '../../keys/key-keeper.ts'
import { fromJwk, toJwk } from '../../keys/public-key.ts'
import { generateKeyPair, nodeSigner } from '../crypto/node-signer.ts'
import { fewOpenedKeys, nonceLength, rowBinding, sealVersion, tagLength } from './seal.ts'

/**
 * Keeps private keys encrypted under the master key (AES-256-GCM), each bound to the id of its row:
 * a sealed key moved to another row does not open. A previous master key opens seals and makes
 * none. Opened keys stay in memory as OpenSSL key objects, not as bytes.
 */
export function makeSealedKeyKeeper(
  masterKey: Uint8Array,
  previousMasterKey?: Uint8Array,
  opened: BoundedCache<KeyObject> = fewOpenedKeys(),
): KeyKeeper {
  const keys = previousMasterKey ? [masterKey, previousMasterKey] : [masterKey]
  const open = (key: SealedKey, row: string): KeyObject => {
    const known = opened.get(row)
    if (known) return known
    const object = importPrivateKey(key, unseal(key.sealed, row, keys))
    opened.set(row, object)
    return object
  }
  return {
    make(kind, row) {
      const pair = generateKeyPair(kind)
      const { d, ...jwk } = pair.privateKey.export({ format: 'jwk' })
      const scalar = fromBase64url(d!)!
      const publicKey = fromJwk(jwk as Record<string, string>)!
      const sealed = seal(scalar, row, masterKey)
      scalar.fill(0)
      opened.set(row, pair.privateKey)
      return { publicKey, sealed }
    },
    signer: (key, row) => nodeSigner(key.publicKey, open(key, row)),
    reseal({ sealed }, row) {
      if (tryUnseal(sealed, row, masterKey)?.fill(0)) return undefined
      const scalar = unseal(sealed, row, keys)
      const anew = seal(scalar, row, masterKey)
      scalar.fill(0)
      return anew
    },
  }
}

function importPrivateKey({ publicKey }: SealedKey, scalar: Uint8Array): KeyObject {
  const key = createPrivateKey({
    key: { ...toJwk(publicKey), d: toBase64url(scalar) },
    format: 'jwk',
  })
  scalar.fill(0)
  return key
}

function seal(secret: Uint8Array, row: string, masterKey: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(rowBinding(row))
  const text = Buffer.concat([cipher.update(secret), cipher.final()])
  return concatBytes(Uint8Array.of(sealVersion), nonce, text, cipher.getAuthTag())
}

function unseal(sealed: Uint8Array, row: string, keys: readonly Uint8Array[]): Uint8Array {
  for (const key of keys) {
    const secret = tryUnseal(sealed, row, key)
    if (secret) return secret
  }
  throw new ServiceError('signing_unavailable', 'a private key does not open under this master key')
}

function tryUnseal(sealed: Uint8Array, row: string, key: Uint8Array): Uint8Array | undefined {
  if (sealed[0] !== sealVersion) return undefined
  const nonce = sealed.subarray(1, 1 + nonceLength)
  const text = sealed.subarray(1 + nonceLength, -tagLength)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
      .setAAD(rowBinding(row))
      .setAuthTag(sealed.subarray(-tagLength))
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch {
    return undefined
  }
}
