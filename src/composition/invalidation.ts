import type { Deps } from '../deps.ts'
import { afterCommit } from '../foundation/database.ts'
import type { InvalidationStore } from '../foundation/invalidation.ts'
import { after } from '../foundation/maybe-promise.ts'
import type { MonotonicClock } from '../foundation/time.ts'
import { remember } from './remember.ts'

/**
 * Nodes notify each other through a number in the database: the commit of a change raises it, and
 * each node reads it at most once a second, before it relies on caches.
 *
 * @param forget clears everything that a change elsewhere may have voided.
 */
export function makeInvalidation(
  store: InvalidationStore,
  monotonic: MonotonicClock,
  waitsForOthers: boolean,
  forget: () => void,
): Deps['invalidation'] {
  const generation = remember(monotonic, waitsForOthers, () => store.generation())
  let seen: number | undefined
  return {
    keepUp: () =>
      after(generation.get(), (now) => {
        if (now !== seen) forget()
        seen = now
      }),
    announce: () => afterCommit(store.raise(), forget),
  }
}
