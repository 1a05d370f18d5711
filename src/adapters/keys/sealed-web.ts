import type { webcrypto } from 'node:crypto'
import type { BoundedCache } from '../../foundation/cache.ts'
import { concatBytes, fromBase64url, toBase64url } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { KeyKeeper, SealedKey } from '../../keys/key-keeper.ts'
import { fromJwk, toJwk } from '../../keys/public-key.ts'
import { bytes, type CryptoKey, webAlgorithms } from '../crypto/web.ts'
import { webSigner } from '../crypto/web-signer.ts'
import { fewOpenedKeys, nonceLength, rowBinding, sealVersion } from './seal.ts'

/**
 * The same seals as `makeSealedKeyKeeper`, opened by WebCrypto, so that a database can move between
 * the two.
 */
export function makeWebSealedKeyKeeper(
  masterKey: Uint8Array,
  previousMasterKey?: Uint8Array,
  opened: BoundedCache<CryptoKey> = fewOpenedKeys(),
): KeyKeeper {
  const keys = previousMasterKey ? [masterKey, previousMasterKey] : [masterKey]
  const open = async (key: SealedKey, row: string): Promise<CryptoKey> => {
    const known = opened.get(row)
    if (known) return known
    const scalar = await unseal(key.sealed, row, keys)
    const jwk = { ...toJwk(key.publicKey), d: toBase64url(scalar) }
    const { import: algorithm } = webAlgorithms[key.publicKey.kind]
    const object = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
    opened.set(row, object)
    return object
  }
  return {
    async make(kind, row) {
      const { import: algorithm } = webAlgorithms[kind]
      const pair = (await crypto.subtle.generateKey(algorithm, true, [
        'sign',
        'verify',
      ])) as webcrypto.CryptoKeyPair
      const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey)
      const publicJwk = { kty: jwk.kty!, crv: jwk.crv!, x: jwk.x!, ...(jwk.y ? { y: jwk.y } : {}) }
      const sealed = await seal(fromBase64url(jwk.d!)!, row, masterKey)
      return { publicKey: fromJwk(publicJwk)!, sealed }
    },
    signer: async (key, row) => webSigner(key.publicKey, await open(key, row)),
    async reseal({ sealed }, row) {
      if ((await tryUnseal(sealed, row, masterKey))?.fill(0)) return undefined
      const scalar = await unseal(sealed, row, keys)
      const anew = await seal(scalar, row, masterKey)
      scalar.fill(0)
      return anew
    },
  }
}

const sealing = (masterKey: Uint8Array) =>
  crypto.subtle.importKey('raw', bytes(masterKey), 'AES-GCM', false, ['encrypt', 'decrypt'])

async function seal(secret: Uint8Array, row: string, masterKey: Uint8Array): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceLength))
  const text = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: bytes(rowBinding(row)) },
    await sealing(masterKey),
    bytes(secret),
  )
  return concatBytes(Uint8Array.of(sealVersion), nonce, new Uint8Array(text))
}

async function unseal(
  sealed: Uint8Array,
  row: string,
  keys: readonly Uint8Array[],
): Promise<Uint8Array> {
  for (const key of keys) {
    const secret = await tryUnseal(sealed, row, key)
    if (secret) return secret
  }
  throw new ServiceError('signing_unavailable', 'a private key does not open under this master key')
}

async function tryUnseal(
  sealed: Uint8Array,
  row: string,
  masterKey: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed[0] !== sealVersion) return undefined
  const iv = bytes(sealed.slice(1, 1 + nonceLength))
  const text = bytes(sealed.slice(1 + nonceLength))
  const algorithm = { name: 'AES-GCM', iv, additionalData: bytes(rowBinding(row)) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await sealing(masterKey), text))
  } catch {
    return undefined
  }
}
