import { nodeCrypto } from '../adapters/crypto/node.ts'
import { nodeCompression } from '../adapters/crypto/node-compression.ts'
import { makeSealedKeyKeeper } from '../adapters/keys/sealed.ts'
import { makeGuardedFetch } from '../adapters/web/guarded-fetch.ts'
import { checkPublicUrl } from '../composition/check-public-url.ts'
import type { Config } from '../composition/config.ts'
import { makeDeps } from '../composition/make-deps.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'
import { defaultMemoryBytes, makeMemory } from '../foundation/memory.ts'
import { monotonicClock } from '../foundation/time.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import { loadCedar } from '../runtimes/node/cedar.ts'
import { openStorage } from '../runtimes/node/storage.ts'

/**
 * Runs maintenance on the storage of a service, running or not.
 *
 * @param isLocated false if the work does not depend on the public URL, which may be a placeholder.
 */
export async function withDeps<A>(
  config: Config,
  work: (deps: Deps & { readonly keeper: KeyKeeper }) => Promise<A>,
  { isLocated = true }: { readonly isLocated?: boolean } = {},
): Promise<A> {
  const { publicUrl, allowedOrigins, previousMasterKey } = config
  if (!publicUrl)
    throw new ServiceError(
      'configuration_invalid',
      'set PROCURA_PUBLIC_URL as for the service: it is part of status list URLs',
    )
  const { database, masterKey } = await openStorage(config)
  const monotonic = monotonicClock(() => performance.now())
  const keeper = makeSealedKeyKeeper(masterKey, previousMasterKey)
  try {
    const deps = await makeDeps({
      clock: Date.now,
      monotonic,
      memory: makeMemory(monotonic, defaultMemoryBytes.process),
      crypto: nodeCrypto,
      compression: nodeCompression,
      database,
      keeper,
      cedar: loadCedar,
      fetch: makeGuardedFetch({ allowedOrigins }),
      allowedOrigins,
      publicUrl,
      masterKey,
      previousMasterKey,
      defaultIssuer: config.issuer,
      unusedDays: config.unusedDays,
      auditDays: config.auditDays,
      onCommitted: () => undefined,
    })
    if (isLocated) await checkPublicUrl(deps)
    return await work({ ...deps, keeper })
  } finally {
    await database.close()
  }
}
