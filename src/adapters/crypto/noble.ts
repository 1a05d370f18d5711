import { toBase64url } from '../../foundation/encoding.ts'
import type { PrivateJwk } from '../../keys/private-jwk.ts'
import type { PublicKey } from '../../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../../keys/signature.ts'

/**
 * Ed25519 by @noble/ed25519, for runtimes whose WebCrypto lacks it. WebCrypto still hashes. The
 * package is loaded when it is first needed.
 */
const load = () => import('@noble/ed25519')

export const verifyWithNoble: CryptoProvider['verify'] = async ({ bytes }, data, signature) => {
  const { verifyAsync } = await load()
  // As RFC 8032 says, and as other engines verify; the package's default is ZIP 215.
  return verifyAsync(signature, data, bytes, { zip215: false })
}

/** @param secret 32 bytes: the private key of RFC 8032, 5.1.5. */
export const nobleSigner = (publicKey: PublicKey, secret: Uint8Array): Signer => ({
  publicKey,
  sign: async (data) => (await load()).signAsync(data, secret),
})

export async function generateWithNoble(): Promise<PrivateJwk> {
  const { keygenAsync } = await load()
  const { secretKey, publicKey } = await keygenAsync()
  return { kty: 'OKP', crv: 'Ed25519', x: toBase64url(publicKey), d: toBase64url(secretKey) }
}
