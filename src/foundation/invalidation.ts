import type { Write } from './database.ts'
import type { MaybePromise } from './maybe-promise.ts'

/** Tells nodes that their caches may be void. */
export interface InvalidationStore {
  /** Number of announcements so far. */
  generation(): Promise<number>
  raise(): Write
}

/** Voids the caches of all nodes. */
export interface Invalidation {
  /**
   * Called before relying on caches: clears them if any node has announced a change. Reads the
   * database at most once a second.
   *
   * @throws ServiceError `storage_unreachable`
   */
  keepUp(): MaybePromise<void>
  /**
   * Belongs into the commit of a change that voids caches: a compromised key, a trust that ended,
   * a person who left. This node forgets at once, the others within two seconds.
   */
  announce(): Write
}
