import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Challenge } from './challenge.ts'

/** Records of things that may happen only once. */
export interface RequestStore {
  /**
   * Fails the whole commit with `spent_challenges_nonce` if the challenge has been spent, and with
   * `challenge_forgotten` if it is too old to tell.
   */
  spend(challenge: Challenge): Write
  answered(digest: Uint8Array, now: Milliseconds): Promise<StoredAnswer | undefined>
  /** Fails the whole commit with `idempotency_keys_digest` if the key has a live answer. */
  answer(
    digest: Uint8Array,
    answer: StoredAnswer,
    now: Milliseconds,
    expiresAt: Milliseconds,
  ): readonly Write[]
  /**
   * Moves the mark before which expired records may be deleted, for every store. It stays
   * `replayMemory` behind `now` and moves at most two minutes, so that a clock that is wrong for a
   * while deletes nothing that matters. Anything that expired before the mark is refused as spent
   * from then on.
   *
   * @returns the mark.
   */
  moveForgetting(now: Milliseconds): Promise<Milliseconds>
  /** @param mark from `moveForgetting`. */
  deleteExpired(mark: Milliseconds): Promise<void>
  /** Records that the database was restored from a backup. */
  restored(id: Id, at: Milliseconds): Write
  /** The newest restoration, if any. */
  lastRestoration(): Promise<Id | undefined>
}

export interface StoredAnswer {
  readonly requestDigest: Uint8Array
  /** JSON. */
  readonly answer: string
}

/** What may happen only once. */
export interface PresentationCapabilities {
  readonly requests: RequestStore
}
