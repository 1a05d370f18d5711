import { type PostgresServer, startPostgresServer } from '../postgres-server.ts'
import { publicUrl, type StartOptions, sharedKeys, startTarget, type Target } from './service.ts'
import { startWeb, type Web } from './web.ts'

/** What attacks are played on. Everything is started when the first attack asks for it. */
export interface Stage {
  /** The service that attacks share. */
  service(): Promise<Target>
  /** The next attack gets another service to share: this one may be spoiled. */
  spoil(): Promise<void>
  /** The attacker's server: all services may fetch from it. */
  web(): Promise<Web>
  /** A service of this attack's own, which goes when it is over. */
  start(options?: StartOptions): Promise<Target>
  /** Two nodes on one PostgreSQL, with clocks that can be moved, and are put right when the attack is over. */
  nodes(): Promise<readonly [Target, Target]>
  /** Something to be done when this attack is over. */
  after(work: () => Promise<unknown>): void
  /** What only this attack had goes. */
  clear(): Promise<void>
  /** Everything goes. */
  close(): Promise<void>
}

export function makeStage(): Stage {
  let shared: Promise<Target> | undefined
  let web: Promise<Web> | undefined
  let postgres: Promise<PostgresServer> | undefined
  let pair: Promise<readonly [Target, Target]> | undefined
  const leftovers: (() => Promise<unknown>)[] = []
  const settings = async ({ environment, ...options }: StartOptions): Promise<StartOptions> => ({
    ...options,
    environment: { PROCURA_ALLOWED_ORIGINS: (await stage.web()).origin, ...environment },
  })
  const startPair = async () => {
    postgres ??= startPostgresServer()
    const environment = {
      PROCURA_DATABASE_URL: await (await postgres).newDatabase(),
      PROCURA_PUBLIC_URL: publicUrl,
      ...sharedKeys,
    }
    const options = await settings({ environment, hasMovableClock: true })
    // One after the other: the first one makes the tables.
    return [await startTarget(options), await startTarget(options)] as const
  }
  const stage: Stage = {
    async service() {
      shared ??= settings({}).then(startTarget)
      return shared
    },
    async spoil() {
      await (await shared)?.stop()
      shared = undefined
    },
    web() {
      web ??= startWeb()
      return web
    },
    async start(options = {}) {
      const target = await startTarget(await settings(options))
      leftovers.push(target.stop)
      return target
    },
    async nodes() {
      pair ??= startPair()
      const both = await pair
      for (const node of both) leftovers.push(node.putClockRight)
      return both
    },
    after(work) {
      leftovers.push(work)
    },
    async clear() {
      for (const work of leftovers.splice(0).reverse()) await work()
    },
    async close() {
      await stage.clear()
      await (await shared)?.stop()
      for (const node of (await pair) ?? []) await node.stop()
      await (await web)?.stop()
      await (await postgres)?.stop()
    },
  }
  return stage
}
