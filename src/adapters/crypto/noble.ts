import { concatBytes, equalBytes, toBase64url, toHex } from '../../foundation/encoding.ts'
import type { PrivateJwk } from '../../keys/private-jwk.ts'
import type { PublicKey } from '../../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../../keys/signature.ts'

/**
 * Ed25519 by @noble/ed25519, for runtimes whose WebCrypto lacks it. WebCrypto still hashes. The
 * package is loaded when it is first needed.
 */
const load = () => import('@noble/ed25519')

/** Order of the base point (RFC 8032, 5.1). */
const order = 2n ** 252n + 27742317777372353535851937790883648493n

/**
 * Checks `[S]B = R + [k]A`, as OpenSSL, libsodium and WebCrypto do. The package's own verification
 * multiplies both sides by the cofactor, and so accepts some signatures by keys of mixed order that
 * the others refuse. Callers check encodings first: see `verifySignature`.
 *
 * @see RFC 8032, 5.1.7
 */
export const verifyWithNoble: CryptoProvider['verify'] = async ({ bytes }, data, signature) => {
  const { Point, hashes } = await load()
  const encodedR = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  const k = littleEndian(await hashes.sha512Async(concatBytes(encodedR, bytes, data))) % order
  try {
    const minusA = Point.fromBytes(bytes).negate()
    const r = Point.BASE.multiplyUnsafe(s).add(minusA.multiplyUnsafe(k))
    return equalBytes(r.toBytes(), encodedR)
  } catch {
    return false
  }
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.slice().reverse())}`)

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
