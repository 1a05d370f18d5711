import type { Issuer, IssuerStore } from '../../../credential/issuer.ts'
import { recall } from '../../../foundation/cache.ts'
import { afterCommit } from '../../../foundation/database.ts'
import type { Memory } from '../../../foundation/memory.ts'

const bounds = { entries: 1_000, lifetime: 1_000 } as const

/**
 * Every credential needs its issuer, which hardly ever changes: each is read at most once a second.
 * A guard in the commit ensures that a retired one issues nothing.
 */
export function rememberIssuers(store: IssuerStore, memory: Memory): IssuerStore {
  const known = memory.cache<Issuer>('issuers', bounds)
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    retire: (id) => afterCommit(store.retire(id), () => known.delete(id)),
  }
}
