import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Clock, type Milliseconds, replayMemory } from '../foundation/time.ts'
import { type StatusList, timeToLiveSeconds } from './status-list.ts'

/** When a list was made, and until when its issuer lets others rely on it. */
export type SeenList = Pick<StatusList, 'madeAt' | 'staleAt'>

/** One list of one issuer, in one form. */
export interface ListName {
  readonly issuer: string
  /** Its URL and form. */
  readonly list: string
}

/**
 * The newest version seen of each foreign list. An older version is signed just as well, so without
 * this a server could undo revocations by serving it again.
 */
export interface NewestLists {
  /**
   * Notes a list with a valid signature. Returns until when it may be relied on; 0 if not at all.
   */
  note(name: ListName, seen: SeenList): MaybePromise<Milliseconds>
}

/** What several verifiers, or successive ones, have seen. */
export interface SeenListStore {
  /** Notes a list, and returns the newest version noted under that name. */
  newest(name: ListName, seen: SeenList): Promise<SeenList>
}

/** How long a list is remembered. A list older than this has expired, so it cannot undo a revocation. */
export const seenListMemory: Milliseconds = timeToLiveSeconds.ceiling * 1000 + replayMemory

const maxLists = 10_000

/** In the memory of one process. When full, the issuer with the most lists loses its oldest. */
export function makeNewestLists(clock: Clock): NewestLists {
  const byIssuer = new Map<string, Map<string, SeenList>>()
  let size = 0
  const drop = (issuer: string, list: string) => {
    const lists = byIssuer.get(issuer)
    if (lists?.delete(list)) size--
    if (lists?.size === 0) byIssuer.delete(issuer)
  }
  const makeRoom = () => {
    const oldest = clock() - seenListMemory
    for (const [issuer, lists] of byIssuer)
      for (const [list, { madeAt }] of lists) if (madeAt < oldest) drop(issuer, list)
    if (size < maxLists) return
    const [issuer, lists] = [...byIssuer].reduce((a, b) => (b[1].size > a[1].size ? b : a))
    drop(issuer, lists.keys().next().value!)
  }
  return {
    note({ issuer, list }, seen) {
      const known = byIssuer.get(issuer)?.get(list)
      if (known && known.madeAt > seen.madeAt) return 0
      drop(issuer, list)
      if (size >= maxLists) makeRoom()
      const lists = byIssuer.get(issuer) ?? new Map<string, SeenList>()
      byIssuer.set(issuer, lists.set(list, { madeAt: seen.madeAt, staleAt: seen.staleAt }))
      size++
      return seen.staleAt
    },
  }
}

/**
 * In memory, and in a store shared with other verifiers. Nodes of one issuer may serve versions
 * that differ by seconds, so a version that another verifier saw leaves an older one valid for as
 * long as the newer is, and no longer.
 */
export const makeSharedNewestLists = (own: NewestLists, shared: SeenListStore): NewestLists => ({
  async note(name, seen) {
    const until = await own.note(name, seen)
    if (until === 0) return 0
    const newest = await shared.newest(name, seen)
    return newest.madeAt > seen.madeAt ? Math.min(until, newest.staleAt) : until
  },
})
