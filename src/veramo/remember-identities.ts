import { makeCache, recall } from '../cache.ts'
import type { Identity, IdentityKey, IdentityStore } from '../did/identity.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../id.ts'
import type { Clock } from '../time.ts'

/** A key changed on another node is seen here within this time. */
const memory = { entries: 1_000, milliseconds: 1_000 } as const

export interface RememberedIdentities extends IdentityStore {
  /** To be called when keys of any DID have changed here. */
  forget(): void
}

/** Issuing asks for the same identifier and key again and again: each is read once a second at most. */
export function rememberIdentities(keys: IdentityStore, clock: Clock): RememberedIdentities {
  const fresh = () => ({
    identities: makeCache<Identity>(clock, memory.entries, memory.milliseconds),
    single: makeCache<IdentityKey>(clock, memory.entries, memory.milliseconds),
  })
  let known = fresh()
  return {
    ...keys,
    find: (did: Did) => recall(known.identities, did, () => keys.find(did)),
    findKey: (id: Id) => recall(known.single, id, () => keys.findKey(id)),
    forget() {
      known = fresh()
    },
  }
}
