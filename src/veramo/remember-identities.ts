import type { DidDocument } from '../did/document.ts'
import type { Identity, IdentityKey, IdentityStore } from '../did/identity.ts'
import type { Did } from '../did/syntax.ts'
import { type BoundedCache, recall } from '../foundation/cache.ts'
import { afterCommit } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Memory } from '../foundation/memory.ts'

/** A key changed on another node is noticed within this time. */
const bounds = { entries: 1_000, lifetime: 1_000 } as const
const manyBounds = { entries: 10_000, lifetime: 1_000 } as const

/** A DID assigned here: its signing key, and its published document. */
export interface OwnDocument {
  readonly key: IdentityKey
  readonly document: DidDocument
}

export interface RememberedIdentities extends IdentityStore {
  /** Values derived from them, forgotten with them. */
  readonly documents: BoundedCache<OwnDocument>
}

/**
 * Issuing needs the same identifier and key again and again, so each is read at most once a second.
 */
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
