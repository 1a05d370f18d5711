import { generatePrivateJwk as generate, signerFromJwk as signer } from '#platform'
import type { KeyKind } from '../keys/algorithm.ts'
import type { PrivateJwk } from '../keys/private-jwk.ts'
import type { Signer } from '../keys/signature.ts'

/**
 * Makes a new key pair with the runtime's cryptography.
 *
 * @returns the private key as a JWK (RFC 7517). Store it as a secret: anyone who has it can act as
 *   the agent.
 * @example
 *   const privateJwk = await generatePrivateJwk()
 *   const signer = signerFromJwk(privateJwk)
 */
export async function generatePrivateJwk(kind: KeyKind = 'Ed25519'): Promise<PrivateJwk> {
  return generate(kind)
}

/**
 * A signer whose key is in this process. For a key elsewhere, such as in an HSM, write a `Signer` of
 * your own.
 *
 * @throws TypeError if the JWK is not a private key of a supported kind.
 */
export const signerFromJwk = (jwk: PrivateJwk): Signer => signer(jwk)
