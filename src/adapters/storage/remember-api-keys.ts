import type { ApiKey, ApiKeyStore } from '../../agent/api-key.ts'
import { makeCache, recall } from '../../cache.ts'
import type { Clock } from '../../time.ts'

/** A key revoked on another node is refused here within this time. */
const memory = { entries: 10_000, milliseconds: 1_000 } as const

/** Nearly every request asks for an API key: each is read from the database once a second at most. */
export function rememberApiKeys(store: ApiKeyStore, clock: Clock): ApiKeyStore {
  const known = makeCache<ApiKey>(clock, memory.entries, memory.milliseconds)
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    replaceSecret(id, digest, expiresAt) {
      known.delete(id)
      return store.replaceSecret(id, digest, expiresAt)
    },
    revoke(id, at) {
      known.delete(id)
      return store.revoke(id, at)
    },
  }
}
