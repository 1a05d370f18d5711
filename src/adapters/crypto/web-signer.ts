import type { PublicKey } from '../../keys/public-key.ts'
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
