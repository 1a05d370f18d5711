import type { JsonObject } from '../../foundation/json.ts'
import { fromJwk, type PublicKey, toJwk } from '../../keys/public-key.ts'
import type { Signer } from '../../keys/signature.ts'
import { bytes, type CryptoKey, webAlgorithms } from './web.ts'

/** Signs with a key of WebCrypto. */
export const webSigner = (publicKey: PublicKey, privateKey: CryptoKey): Signer => ({
  publicKey,
  sign: async (data) =>
    new Uint8Array(
      await crypto.subtle.sign(webAlgorithms[publicKey.kind].sign, privateKey, bytes(data)),
    ),
})

/** @returns undefined if the JWK is not a valid private key of a supported kind. */
export async function importWebSigner(jwk: JsonObject): Promise<Signer | undefined> {
  const { d, ...publicJwk } = jwk
  const publicKey = fromJwk(publicJwk)
  if (!publicKey || typeof d !== 'string') return undefined
  const { import: algorithm } = webAlgorithms[publicKey.kind]
  const privateJwk = { ...toJwk(publicKey), d }
  try {
    const key = await crypto.subtle.importKey('jwk', privateJwk, algorithm, false, ['sign'])
    return webSigner(publicKey, key)
  } catch {
    return undefined
  }
}
