import { fromBase64url } from '../../foundation/encoding.ts'
import type { KeyKind } from '../../keys/algorithm.ts'
import { type PrivateJwk, publicKeyOf } from '../../keys/private-jwk.ts'
import type { PublicKey } from '../../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../../keys/signature.ts'
import { generateWithNoble, nobleSigner, verifyWithNoble } from './noble.ts'
import { type CryptoKey, webAlgorithms, webCrypto } from './web.ts'
import { importWebSigner } from './web-signer.ts'

/**
 * WebCrypto, and for Ed25519 @noble/ed25519 where WebCrypto lacks it: older browsers and React
 * Native. The runtime is asked once, when a key is first used.
 */
export const portableCrypto: CryptoProvider = {
  ...webCrypto,
  verify,
  verifyBeside: verify,
  async makeSigner(kind) {
    return signerFromJwk(await generatePrivateJwk(kind))
  },
}

async function verify(...[key, data, signature]: Parameters<CryptoProvider['verify']>) {
  const check = (await isLacking(key.kind)) ? verifyWithNoble : webCrypto.verify
  return check(key, data, signature)
}

export async function generatePrivateJwk(kind: KeyKind): Promise<PrivateJwk> {
  if (await isLacking(kind)) return generateWithNoble()
  const { import: algorithm } = webAlgorithms[kind]
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as {
    readonly privateKey: CryptoKey
  }
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return { kty: kty!, crv: crv!, x: x!, ...(y ? { y } : {}), d: d! }
}

/**
 * The key is imported when it first signs.
 *
 * @throws TypeError if the JWK is not a private key of a supported kind.
 */
export function signerFromJwk(jwk: PrivateJwk): Signer {
  const publicKey = publicKeyOf(jwk)
  let importing: Promise<Signer> | undefined
  return {
    publicKey,
    async sign(data) {
      importing ??= importSigner(jwk, publicKey)
      return (await importing).sign(data)
    },
  }
}

async function importSigner(jwk: PrivateJwk, publicKey: PublicKey): Promise<Signer> {
  if (!(await isLacking(publicKey.kind))) {
    const signer = await importWebSigner(jwk)
    if (!signer) throw new TypeError('the private key of the JWK does not match its public key')
    return signer
  }
  const secret = fromBase64url(jwk.d)
  if (secret?.length !== 32) throw new TypeError('d of the JWK must be 32 bytes in base64url')
  return nobleSigner(publicKey, secret)
}

let hasEd25519: Promise<boolean> | undefined

async function isLacking(kind: KeyKind): Promise<boolean> {
  if (kind !== 'Ed25519') return false
  hasEd25519 ??= crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
    () => true,
    () => false,
  )
  return !(await hasEd25519)
}
