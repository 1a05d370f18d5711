import type { ApiKey, ApiKeyStore } from '../../../directory/api-key.ts'
import { recall } from '../../../foundation/cache.ts'
import { afterCommit } from '../../../foundation/database.ts'
import { ServiceError } from '../../../foundation/errors.ts'
import type { Id } from '../../../foundation/id.ts'
import type { Memory } from '../../../foundation/memory.ts'
import type { Milliseconds } from '../../../foundation/time.ts'

/** A key revoked on another node is refused within this time. */
const bounds = { entries: 10_000, lifetime: 1_000 } as const
/**
 * While the database is unreachable, so that no key can be revoked either, keys read this recently
 * stay valid.
 */
const emergency: Milliseconds = 60_000

/** Nearly every request needs an API key: each is read at most once a second. */
export function rememberApiKeys(store: ApiKeyStore, memory: Memory): ApiKeyStore {
  const known = memory.cache<ApiKey>('api_keys', bounds)
  const lately = memory.cache<ApiKey>('api_keys_in_emergency', { ...bounds, lifetime: emergency })
  const load = async (id: Id) => {
    const begun = lately.generation
    try {
      const key = await store.findOfActing(id)
      if (key && lately.generation === begun) lately.set(id, key)
      if (!key) lately.delete(id)
      return key
    } catch (error) {
      const isGone = error instanceof ServiceError && error.code === 'storage_unreachable'
      const key = isGone ? lately.get(id) : undefined
      if (key) return key
      throw error
    }
  }
  const forget = (id: Id) => {
    known.delete(id)
    lately.delete(id)
  }
  return {
    ...store,
    findOfActing: (id) => recall(known, id, () => load(id)),
    replaceSecret: (key) => afterCommit(store.replaceSecret(key), () => forget(key.id)),
    revoke: (id, at) => afterCommit(store.revoke(id, at), () => forget(id)),
    // Only the database knows which keys these are.
    revokeAllOf: (holder, at) =>
      afterCommit(store.revokeAllOf(holder, at), () => {
        known.clear()
        lately.clear()
      }),
  }
}
