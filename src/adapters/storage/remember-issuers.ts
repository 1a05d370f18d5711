import { makeCache, recall } from '../../cache.ts'
import type { Issuer, IssuerStore } from '../../credential/issuer.ts'
import type { Clock } from '../../time.ts'

const memory = { entries: 1_000, milliseconds: 1_000 } as const

/**
 * Every credential asks for its issuer, which hardly ever changes: each is read once a second at
 * most. That a retired one issues nothing is for the guard in the commit.
 */
export function rememberIssuers(store: IssuerStore, clock: Clock): IssuerStore {
  const known = makeCache<Issuer>(clock, memory.entries, memory.milliseconds)
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    retire(id) {
      known.delete(id)
      return store.retire(id)
    },
  }
}
