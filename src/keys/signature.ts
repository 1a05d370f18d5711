import type { Budget } from '../foundation/budget.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import { algorithms, type KeyKind } from './algorithm.ts'
import { isCanonicalEd25519Scalar, isSafeEd25519Point, isValidEcdsaSignature } from './points.ts'
import type { PublicKey } from './public-key.ts'

/** The cryptography that a runtime provides. Implementations are in adapters/crypto. */
export interface CryptoProvider {
  /**
   * Verifies a signature with the runtime's own verifier. Callers use `verifySignature`, which
   * checks encodings first, since runtimes differ on them.
   */
  verify(key: PublicKey, data: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
  /** The same on another thread, if there is one, for callers with other work to do. */
  verifyBeside(key: PublicKey, data: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
  sha256(data: Uint8Array | string): MaybePromise<Uint8Array>
  sha384(data: Uint8Array | string): MaybePromise<Uint8Array>
  /** Signs with a new key that is not stored. */
  makeSigner(kind: KeyKind): MaybePromise<Signer>
  /** Cryptographically strong. */
  randomBytes(length: number): Uint8Array
}

/** Signs with one key: in memory, sealed in the database, or in an HSM. */
export interface Signer {
  readonly publicKey: PublicKey
  /** Ed25519 over the data; or ECDSA, with the hash of the curve's size, as r and s. */
  sign(data: Uint8Array): MaybePromise<Uint8Array>
}

/**
 * Verifies a signature with the same result on every runtime: lengths, ranges and points are
 * checked here first.
 *
 * @see https://www.w3.org/TR/vc-di-eddsa/#security-considerations
 */
export function verifySignature(
  crypto: Pick<CryptoProvider, 'verify'>,
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): MaybePromise<boolean> {
  if (signature.length !== algorithms[key.kind].signatureLength) return false
  if (key.kind !== 'Ed25519')
    return isValidEcdsaSignature(key.kind, signature) && crypto.verify(key, data, signature)
  if (!isSafeEd25519Point(key.bytes) || !isSafeEd25519Point(signature.subarray(0, 32))) return false
  return isCanonicalEd25519Scalar(signature.subarray(32)) && crypto.verify(key, data, signature)
}

/**
 * The same within the budget of a request. Undefined if the signature is valid, otherwise why not.
 */
export function flawOfSignature(
  { crypto, budget }: { readonly crypto: Pick<CryptoProvider, 'verify'>; readonly budget: Budget },
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): MaybePromise<Refusal | undefined> {
  const excess = budget.spend('signatures', algorithms[key.kind].verificationCost)
  if (excess) return excess
  return after(verifySignature(crypto, key, data, signature), (good) =>
    good ? undefined : refuse('signature_invalid'),
  )
}
