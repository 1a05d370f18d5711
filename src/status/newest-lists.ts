import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Clock, type Milliseconds, replayMemory } from '../foundation/time.ts'
import { type StatusList, timeToLiveSeconds } from './status-list.ts'

/** When a list was made, and until when its issuer lets anybody rely on it. */
export type SeenList = Pick<StatusList, 'madeAt' | 'staleAt'>

/** One list of one issuer, in one of its forms. */
export interface ListName {
  readonly issuer: string
  /** Its URL, and its form. */
  readonly list: string
}

/**
 * The newest that was seen of each foreign list. A list is signed and dated, but an older one is as well
 * signed: without this, whoever serves it again undoes the revocations since.
 */
export interface NewestLists {
  /** Notes a list of which the signature was good. Returns until when it may be relied on: 0 if not at all. */
  note(name: ListName, seen: SeenList): MaybePromise<Milliseconds>
}

/** What several verifiers, or one after another, have seen. */
export interface SeenListStore {
  /** Notes a list, and gives the newest of that name that was ever noted. */
  newest(name: ListName, seen: SeenList): Promise<SeenList>
}

/** A list that is older than this is stale whatever it says: then nothing older can undo it. */
export const seenListMemory: Milliseconds = timeToLiveSeconds.ceiling * 1000 + replayMemory

const maxLists = 10_000

/** In the memory of one process. When it is full, the issuer that has most in it gives up its oldest. */
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
 * In the memory of this process, and in a store that it shares with others. Nodes of one issuer may serve
 * lists that differ by seconds: what another verifier saw leaves an older list good for as long as the
 * newer one is, and no longer.
 */
export const makeSharedNewestLists = (own: NewestLists, shared: SeenListStore): NewestLists => ({
  async note(name, seen) {
    const until = await own.note(name, seen)
    if (until === 0) return 0
    const newest = await shared.newest(name, seen)
    return newest.madeAt > seen.madeAt ? Math.min(until, newest.staleAt) : until
  },
})
