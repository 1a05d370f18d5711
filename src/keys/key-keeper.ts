import type { MaybePromise } from '../foundation/maybe-promise.ts'
import type { KeyKind } from './algorithm.ts'
import type { PublicKey } from './public-key.ts'
import type { Signer } from './signature.ts'

/** A stored private key: useless without the keeper that made it, and in any other row. */
export interface SealedKey {
  readonly publicKey: PublicKey
  readonly sealed: Uint8Array
}

/** Makes private keys and signs with them; never reveals one. */
export interface KeyKeeper {
  /** @param row the id under which the key will be stored; the seal is bound to it. */
  make(kind: KeyKind, row: string): MaybePromise<SealedKey>
  /** @throws ServiceError `signing_unavailable` if the seal does not open for this row. */
  signer(key: SealedKey, row: string): MaybePromise<Signer>
  /**
   * Seals a key again under the current master key; undefined if it is already.
   *
   * @throws ServiceError `signing_unavailable` if none of the keeper's keys opens the seal.
   */
  reseal(key: SealedKey, row: string): MaybePromise<Uint8Array | undefined>
}
