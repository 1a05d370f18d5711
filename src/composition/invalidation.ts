import type { Deps, InvalidationStore } from '../deps.ts'
import { afterCommit } from '../foundation/database.ts'
import { after } from '../foundation/maybe-promise.ts'
import type { MonotonicClock } from '../foundation/time.ts'
import { remember } from './remember.ts'

/**
 * Nodes tell one another by a number in the database: it is raised in the commit of the change, and
 * each node reads it at most once a second, before it relies on anything.
 *
 * @param forget drops everything that a change elsewhere may have voided.
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
