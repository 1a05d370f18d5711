import type { webcrypto } from 'node:crypto'
import { makeCache } from '../../cache.ts'
import { concatBytes, fromBase64url, toBase64url } from '../../encoding.ts'
import { ServiceError } from '../../errors.ts'
import type { KeyKeeper, SealedKey } from '../../keys/key-keeper.ts'
import { fromJwk, toJwk } from '../../keys/public-key.ts'
import { bytes, type CryptoKey, webAlgorithms } from '../crypto/web.ts'
import { webSigner } from '../crypto/web-signer.ts'
import { nonceLength, openedKeys, rowBinding, sealVersion } from './seal.ts'

/** The same seals as `makeSealedKeyKeeper`, opened by WebCrypto: a database can move between the two. */
export function makeWebSealedKeyKeeper(masterKey: Uint8Array): KeyKeeper {
  const opened = makeCache<CryptoKey>(() => 0, openedKeys, 1)
  const sealing = () =>
    crypto.subtle.importKey('raw', bytes(masterKey), 'AES-GCM', false, ['encrypt', 'decrypt'])
  const open = async (key: SealedKey, row: string): Promise<CryptoKey> => {
    const known = opened.get(row)
    if (known) return known
    const scalar = await unseal(key.sealed, row, await sealing())
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
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength))
      const text = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv: nonce, additionalData: bytes(rowBinding(row)) },
        await sealing(),
        bytes(fromBase64url(jwk.d!)!),
      )
      return {
        publicKey: fromJwk(publicJwk)!,
        sealed: concatBytes(Uint8Array.of(sealVersion), nonce, new Uint8Array(text)),
      }
    },
    signer: async (key, row) => webSigner(key.publicKey, await open(key, row)),
  }
}

async function unseal(sealed: Uint8Array, row: string, key: CryptoKey): Promise<Uint8Array> {
  try {
    if (sealed[0] !== sealVersion) throw new Error('unknown version of the seal')
    const iv = bytes(sealed.slice(1, 1 + nonceLength))
    const text = bytes(sealed.slice(1 + nonceLength))
    return new Uint8Array(
      await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv, additionalData: bytes(rowBinding(row)) },
        key,
        text,
      ),
    )
  } catch (error) {
    throw new ServiceError(
      'signing_unavailable',
      'a private key does not open under this master key',
      { cause: error },
    )
  }
}
