import type { MaybePromise } from '../foundation/maybe-promise.ts'
import type { KeyKind } from './algorithm.ts'
import type { PublicKey } from './public-key.ts'
import type { Signer } from './signature.ts'

/** A private key as it rests: useless without the keeper that made it, and in any other row. */
export interface SealedKey {
  readonly publicKey: PublicKey
  readonly sealed: Uint8Array
}

/** Makes private keys and signs with them; never gives one out. */
export interface KeyKeeper {
  /** @param row the id under which the key will be kept: the seal is bound to it. */
  make(kind: KeyKind, row: string): MaybePromise<SealedKey>
  /** @throws ServiceError `signing_unavailable` if the seal does not open for this row. */
  signer(key: SealedKey, row: string): MaybePromise<Signer>
  /**
   * Seals a key anew under the current master key; undefined if it is already.
   *
   * @throws ServiceError `signing_unavailable` if no key that the keeper has opens the seal.
   */
  reseal(key: SealedKey, row: string): MaybePromise<Uint8Array | undefined>
}
