import { webCompression, webCrypto } from '../../adapters/crypto/web.ts'
import { openedKeys } from '../../adapters/keys/seal.ts'
import { makeWebSealedKeyKeeper } from '../../adapters/keys/sealed-web.ts'
import { openD1 } from '../../adapters/storage/d1/d1.ts'
import { makePlatformFetch } from '../../adapters/web/platform-fetch.ts'
import { type Config, readConfig } from '../../composition/config.ts'
import { initializeOnce } from '../../composition/initialize-once.ts'
import { makeDeps } from '../../composition/make-deps.ts'
import { version } from '../../composition/version.ts'
import type { Database } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { defaultMemoryBytes, makeMemory } from '../../foundation/memory.ts'
import { monotonicClock } from '../../foundation/time.ts'
import { type App, makeApp } from '../../http/app.ts'
import { makeBodyBudget } from '../../http/body-budget.ts'
import type { HttpDeps } from '../../http/context.ts'
import { makeLog } from '../../http/log.ts'
import { makeMetrics } from '../../http/metrics.ts'
import { makeRateLimit } from '../../http/rate-limit.ts'
import { makeEventCounter, makeRaiseAlarm } from '../../http/watch-events.ts'
import type { JobNeeds } from '../../operations/upkeep/jobs.ts'
import { type Bindings, platformCache } from './bindings.ts'
import { loadCedar } from './cedar.ts'
import { readPage } from './pages.ts'

export interface EdgeService {
  readonly app: App
  readonly deps: HttpDeps
  readonly database: Database
}

let made: EdgeService | undefined

/**
 * The service of this isolate. Requests that arrive before it exists each create their own, since
 * none may wait for another's work, which may be cancelled.
 */
export async function serviceOf(bindings: Bindings): Promise<EdgeService> {
  if (made) return made
  const config = readConfig(variablesOf(bindings))
  const { publicUrl, masterKey } = settled(config)
  const database = openD1(bindings.DATABASE)
  const clock = Date.now
  const monotonic = monotonicClock(() => performance.now())
  const memory = makeMemory(monotonic, config.cacheBytes ?? defaultMemoryBytes.isolate)
  const log = makeLog(config.logLevel, clock, (line) => console.log(line))
  const metrics = makeMetrics(memory)
  const deps = await makeDeps({
    clock,
    monotonic,
    memory,
    crypto: webCrypto,
    compression: webCompression,
    database,
    keeper: makeWebSealedKeyKeeper(
      masterKey,
      config.previousMasterKey,
      memory.cache('opened_keys', openedKeys),
    ),
    previousMasterKey: config.previousMasterKey,
    fetch: makePlatformFetch({ allowedOrigins: config.allowedOrigins, cache: platformCache() }),
    cedar: loadCedar,
    allowedOrigins: config.allowedOrigins,
    publicUrl,
    masterKey,
    defaultIssuer: config.issuer,
    unusedDays: config.unusedDays,
    auditDays: config.auditDays,
    onCommitted: makeEventCounter(metrics),
    waitsForOthers: false,
  })
  await initializeOnce(deps, config, publicUrl)
  const httpDeps = {
    ...deps,
    log,
    workload: { count: 0 },
    metrics,
    rateLimit: makeRateLimit(monotonic, memory, config.rate),
    bodies: makeBodyBudget(),
    isStopping: () => false,
    readPage,
  }
  made = { app: makeApp(httpDeps, version), deps: httpDeps, database }
  return made
}

/** Settings are text; other bindings are not for readConfig. */
const variablesOf = (bindings: Bindings) =>
  Object.fromEntries(
    Object.entries(bindings).filter(
      (entry): entry is [string, string] =>
        entry[0].startsWith('PROCURA_') && typeof entry[1] === 'string',
    ),
  )

/** What a machine would generate itself must be given at the edge. */
function settled({ publicUrl, masterKey, adminKey, storage, forwarding }: Config) {
  if (!publicUrl) throw wrong('set PROCURA_PUBLIC_URL in wrangler.toml')
  if (!masterKey) throw wrong('set the secret PROCURA_MASTER_KEY: wrangler secret put')
  if (!adminKey) throw wrong('set the secret PROCURA_ADMIN_KEY: procura key generate makes one')
  if ('databaseUrl' in storage) throw wrong('PROCURA_DATABASE_URL cannot be used here: D1 is bound')
  if (forwarding.proxies.length > 0)
    throw wrong(
      'PROCURA_TRUSTED_PROXIES cannot be used here: the platform provides the client’s address',
    )
  return { publicUrl, masterKey }
}

const wrong = (sentence: string) => new ServiceError('configuration_invalid', sentence)

/** What the jobs of a Worker need. */
export const jobNeeds = (deps: HttpDeps, database: Database): JobNeeds => ({
  ...deps,
  raiseAlarm: makeRaiseAlarm(deps.log, deps.metrics),
  commitUnrecorded: database.commit,
})
