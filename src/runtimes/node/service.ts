import './process-settings.ts'
import type { Server } from 'node:http'
import { type HttpBindings, serve } from '@hono/node-server'
import { makeNodeCrypto } from '../../adapters/crypto/node.ts'
import { nodeCompression } from '../../adapters/crypto/node-compression.ts'
import { openedKeys } from '../../adapters/keys/seal.ts'
import { makeSealedKeyKeeper } from '../../adapters/keys/sealed.ts'
import { makeGuardedFetch } from '../../adapters/web/guarded-fetch.ts'
import { checkPublicUrl } from '../../composition/check-public-url.ts'
import type { Config } from '../../composition/config.ts'
import { initializeOnce } from '../../composition/initialize-once.ts'
import { makeDeps } from '../../composition/make-deps.ts'
import { version } from '../../composition/version.ts'
import type { Deps } from '../../deps.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { defaultMemoryBytes, makeMemory } from '../../foundation/memory.ts'
import { type Clock, type MonotonicClock, monotonicClock } from '../../foundation/time.ts'
import { makeApp } from '../../http/app.ts'
import { makeBodyBudget } from '../../http/body-budget.ts'
import { clientAddress } from '../../http/client-address.ts'
import { type Log, makeLog } from '../../http/log.ts'
import { makeMetrics } from '../../http/metrics.ts'
import { makeRateLimit } from '../../http/rate-limit.ts'
import { makeEventCounter } from '../../http/watch-events.ts'
import { loadCedar } from './cedar.ts'
import { checkNotOlder, writeFolderRecord } from './folder-record.ts'
import { type LogWriter, makeLogWriter } from './log-writer.ts'
import { readPages } from './pages.ts'
import { openStorage } from './storage.ts'
import { startTimers } from './timers.ts'

export interface RunningService {
  readonly url: string
  readonly publicUrl: string
  /** Shown once, at the first start, unless it was given. */
  readonly adminToken: string | undefined
  /**
   * Stops accepting requests, finishes those in progress, writes the log's last checkpoint, and
   * releases everything.
   */
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly clock?: Clock
  readonly monotonic?: MonotonicClock
  readonly writer?: LogWriter
  /** Ends the process, after logging that it can no longer write the database. */
  readonly exit?: (code: number) => void
}

/** The whole service in this process: from environment to configuration, capabilities and HTTP. */
export async function startService(
  config: Config,
  {
    clock = Date.now,
    monotonic = monotonicClock(() => performance.now()),
    writer = makeLogWriter(),
    exit = process.exit,
  }: ServiceOptions = {},
): Promise<RunningService> {
  const log = makeLog(config.logLevel, clock, writer.write)
  const { database, masterKey } = await openStorage(config, ({ message }) => {
    log('error', 'this process can no longer write the database and ends: start it again', {
      cause: message,
    })
    writer.flush()
    // Time for pending requests to be answered.
    setTimeout(() => exit(1), 200)
  })
  try {
    // The port may be part of the public URL, and so of every credential, so it is bound first.
    const handler: {
      fetch?: (request: Request, env: HttpBindings) => Response | Promise<Response>
    } = {}
    const { server, port } = await listen(config, (request, env) =>
      handler.fetch ? handler.fetch(request, env) : stillStarting(),
    )
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    const publicUrl = config.publicUrl ?? url
    const workload = { count: 0 }
    const memory = makeMemory(monotonic, config.cacheBytes ?? defaultMemoryBytes.process)
    const metrics = makeMetrics(memory, {
      ...('walBytes' in database ? { procura_storage_wal_bytes: database.walBytes } : {}),
    })
    const deps = await makeDeps({
      clock,
      monotonic,
      memory,
      crypto: makeNodeCrypto(othersWaitBeside(workload)),
      compression: nodeCompression,
      database,
      keeper: makeSealedKeyKeeper(
        masterKey,
        config.previousMasterKey,
        memory.cache('opened_keys', openedKeys),
      ),
      previousMasterKey: config.previousMasterKey,
      fetch: makeGuardedFetch({ allowedOrigins: config.allowedOrigins }),
      cedar: loadCedar,
      allowedOrigins: config.allowedOrigins,
      publicUrl,
      masterKey,
      defaultIssuer: config.issuer,
      unusedDays: config.unusedDays,
      auditDays: config.auditDays,
      onCommitted: makeEventCounter(metrics),
    })
    if (config.masterKeyLost && (await deps.issuers.list({ limit: 1 })).length === 0)
      throw new ServiceError(
        'configuration_invalid',
        'PROCURA_MASTER_KEY_LOST is for an existing database: remove it for a new one',
      )
    // Whoever asks for a free port without a public URL has a new one with each start.
    if (config.publicUrl !== undefined || config.port !== 0) await checkPublicUrl(deps)
    const record = recordOf(config, deps, log)
    await record.check()
    const adminToken = await initializeOnce(deps, config, publicUrl)
    // A wrong master key fails here, not at the first credential.
    if (config.masterKeyLost) log('warn', 'without its master key this service signs nothing')
    else await deps.identities.signer((await deps.issuers.findByName(config.issuer))!.did)
    let stopping = false
    const httpDeps = {
      ...deps,
      log,
      workload,
      metrics,
      rateLimit: makeRateLimit(monotonic, memory, config.rate),
      bodies: makeBodyBudget(),
      isStopping: () => stopping,
      readPage: readPages(),
    }
    const app = makeApp(httpDeps, version)
    handler.fetch = (request, { incoming }) => {
      const said = incoming.headers[config.forwarding.header]
      const address = clientAddress(
        incoming.socket.remoteAddress,
        Array.isArray(said) ? said.join(',') : said,
        config.forwarding,
      )
      return app.fetch(request, address === undefined ? {} : { clientAddress: address })
    }
    warnOfProxies(config, log)
    const stopTimers = startTimers(httpDeps, database)
    const recording = setInterval(() => void record.write(), recordEvery)
    recording.unref()
    log('info', 'listening', { url, publicUrl, version })
    writer.flush()
    return {
      url,
      publicUrl,
      adminToken,
      async stop() {
        stopping = true
        await drain(server)
        await stopTimers()
        clearInterval(recording)
        await record.write()
        await database.close()
        log('info', 'stopped')
        writer.flush()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** How often the data folder records the length of the audit log. */
const recordEvery = 5_000

/** The record of the data folder, if the database is in one. */
function recordOf({ storage }: Config, { audit }: Pick<Deps, 'audit'>, log: Log) {
  const events = async () => (await audit.latest())?.frontier.size ?? 0
  if (!('folder' in storage)) return { check: async () => {}, write: async () => {} }
  const { folder } = storage
  return {
    check: async () => checkNotOlder(folder, await events()),
    // Without it only the check at the next start is weaker, so nothing fails for it.
    write: async () => {
      try {
        writeFolderRecord(folder, await events())
      } catch (error) {
        log('warn', 'the data folder cannot record the length of the audit log', {
          cause: (error as Error).message,
        })
      }
    },
  }
}

/** The port is bound before there is anything behind it, since it may be part of the public URL. */
const stillStarting = (): Response =>
  new Response('the service is starting\n', { status: 503, headers: { 'retry-after': '1' } })

/**
 * The service itself speaks no TLS: requests over https, or from elsewhere to loopback, come
 * through a proxy.
 */
function warnOfProxies({ publicUrl, host, forwarding }: Config, log: Log): void {
  const { protocol, hostname } = new URL(publicUrl ?? 'http://localhost')
  const isProxied = protocol === 'https:' || (isLoopback(host) && !isLoopback(hostname))
  if (isProxied && forwarding.proxies.length === 0)
    log(
      'warn',
      'all clients behind the proxy in front count as one: set PROCURA_TRUSTED_PROXIES to its address',
    )
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host)

/** Longest time that stopping waits for requests in progress. */
const drainMilliseconds = 10_000

/** Ends when every accepted request is answered. Idle connections are closed. */
function drain(server: Server): Promise<void> {
  const closing = setInterval(() => server.closeIdleConnections(), 50)
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMilliseconds)
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(closing)
      clearTimeout(giveUp)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Checks follow each other faster than this only if several clients ask. */
const queueingMilliseconds = 2

/**
 * Whether there is other work than the requested check: other requests in progress, or a check so
 * recently that requests must be queueing.
 */
function othersWaitBeside(workload: { readonly count: number }): () => boolean {
  let last = 0
  return () => {
    const now = performance.now()
    const soon = now - last < queueingMilliseconds
    last = now
    return soon || workload.count > 1
  }
}

const listenAdvice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another service uses it: stop that one, or set PROCURA_PORT',
  EACCES: 'this user may not use that port: set PROCURA_PORT to 1024 or above',
  EADDRNOTAVAIL: 'this machine does not have that address: set PROCURA_HOST',
  ENOTFOUND: 'the host name is unknown: set PROCURA_HOST',
}

async function listen(
  config: Config,
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: fetch as never,
        hostname: config.host,
        port: config.port,
        serverOptions: {
          headersTimeout: 5_000,
          requestTimeout: 15_000,
          keepAliveTimeout: 10_000,
          connectionsCheckingInterval: 1_000,
        },
      },
      ({ port }) => resolve({ server: server as Server, port }),
    )
    ;(server as Server).maxConnections = config.maxConnections
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ServiceError(
          'configuration_invalid',
          `cannot listen on ${config.host}:${config.port} (${error.code}): ${listenAdvice[error.code ?? ''] ?? 'set PROCURA_HOST and PROCURA_PORT'}`,
        ),
      ),
    )
  })
}
