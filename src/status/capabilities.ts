import type { BoundedCache } from '../foundation/cache.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { EncodedList } from './encoded-list.ts'
import type { StatusNeeds } from './judge-status.ts'
import type { NewestLists } from './newest-lists.ts'
import type { StatusList } from './status-list.ts'
import type { StatusStore } from './status-store.ts'

/** A served status list, valid for its version until it is too old. */
export interface PublishedList {
  /** Of the entries and of the key that signed it. */
  readonly version: string
  readonly madeAt: Milliseconds
  /** The credential, or the claims of the token. */
  readonly json: JsonObject
  /** The response body: the JSON, or the compact token. */
  readonly body: string
  /** Compressed blocks for the next version. */
  readonly encoded: EncodedList | undefined
  readonly etag: string
}

/** Status lists: the service's own, and those of others. */
export interface StatusCapabilities {
  readonly status: StatusStore
  readonly ownStatus: StatusNeeds['ownStatus']
  /** The next unused slot of an issuer, from a block reserved in advance. */
  readonly nextSlot: (issuerId: Id) => Promise<number>
  /** The status entries of a slot in its issuer's lists. */
  readonly statusEntries: (issuerId: Id, slot: number) => Promise<readonly JsonObject[]>
  readonly publishedLists: BoundedCache<PublishedList>
  readonly foreignLists: BoundedCache<StatusList>
  readonly newestLists: NewestLists
  /** Storage behind `newestLists`, from which expired records are deleted. */
  readonly seenLists: { deleteExpired(mark: Milliseconds): Promise<void> }
}
