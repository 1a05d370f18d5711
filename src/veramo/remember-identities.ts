import type { DidDocument } from '../did/document.ts'
import type { Identity, IdentityKey, IdentityStore } from '../did/identity.ts'
import type { Did } from '../did/syntax.ts'
import { type BoundedCache, recall } from '../foundation/cache.ts'
import { afterCommit } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Memory } from '../foundation/memory.ts'

/** A key changed on another node is seen here within this time. */
const bounds = { entries: 1_000, lifetime: 1_000 } as const
const manyBounds = { entries: 10_000, lifetime: 1_000 } as const

/** A DID assigned here: the key that it signs with, and what it publishes. */
export interface OwnDocument {
  readonly key: IdentityKey
  readonly document: DidDocument
}

export interface RememberedIdentities extends IdentityStore {
  /** What was made of them; forgotten with them. */
  readonly documents: BoundedCache<OwnDocument>
}

/** Issuing asks for the same identifier and key again and again: each is read once a second at most. */
export function rememberIdentities(keys: IdentityStore, memory: Memory): RememberedIdentities {
  const identities = memory.cache<Identity>('identities', bounds)
  const single = memory.cache<IdentityKey>('identity_keys', bounds)
  const documents = memory.cache<OwnDocument>('own_documents', manyBounds)
  return {
    ...keys,
    documents,
    find: (did: Did) => recall(identities, did, () => keys.find(did)),
    findKey: (id: Id) => recall(single, id, () => keys.findKey(id)),
    supersede: (did, compromised) =>
      afterCommit(keys.supersede(did, compromised), () => {
        identities.delete(did)
        single.clear()
        documents.delete(did)
      }),
  }
}
