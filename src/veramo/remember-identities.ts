import { recall } from '../cache.ts'
import type { Identity, IdentityKey, IdentityStore } from '../did/identity.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../id.ts'
import type { Memory } from '../memory.ts'

/** A key changed on another node is seen here within this time. */
const bounds = { entries: 1_000, lifetime: 1_000 } as const

export interface RememberedIdentities extends IdentityStore {
  /** To be called when keys of any DID have changed here. */
  forget(): void
}

/** Issuing asks for the same identifier and key again and again: each is read once a second at most. */
export function rememberIdentities(keys: IdentityStore, memory: Memory): RememberedIdentities {
  const identities = memory.cache<Identity>('identities', bounds)
  const single = memory.cache<IdentityKey>('identity_keys', bounds)
  return {
    ...keys,
    find: (did: Did) => recall(identities, did, () => keys.find(did)),
    findKey: (id: Id) => recall(single, id, () => keys.findKey(id)),
    forget() {
      identities.clear()
      single.clear()
    },
  }
}
