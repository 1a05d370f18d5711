import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { type Environment, readConfig } from '../src/composition/config.ts'
import type { Scope } from '../src/directory/api-key.ts'
import type { JsonArray, JsonObject } from '../src/foundation/json.ts'
import { monotonicClock } from '../src/foundation/time.ts'
import type { KeyKind } from '../src/keys/algorithm.ts'
import { toMultikey } from '../src/keys/public-key.ts'
import { type RunningService, startService } from '../src/runtimes/node/service.ts'
import {
  type Client,
  type DelegationTerms,
  type Grant,
  generatePrivateJwk,
  type Holder,
  makeClient,
  type NewAgent,
  present,
  proveKey,
  read,
  signerFromJwk,
} from '../src/sdk/index.ts'
import { freePort, newDatabase } from './postgres-server.ts'

/** A whole service on a folder of its own, over HTTP, with a clock that can be put forward. */
export interface World extends Actors {
  readonly service: RunningService
  readonly folder: string
  readonly log: readonly string[]
  /** Both clocks go on. */
  advance(milliseconds: number): void
  /** The wall clock alone is put forward, or back: no time passes. */
  putClock(milliseconds: number): void
  stop(): Promise<void>
}

/** Those who call a service, wherever it runs. */
export interface Actors {
  readonly url: string
  readonly apiKey: string
  readonly admin: Client
  person(name?: string): Promise<{ readonly id: string }>
  /** A client with a fresh API key of these scopes, held by a person or system. */
  keyFor(
    holder: string,
    ...scopes: readonly string[]
  ): Promise<{ readonly token: string; readonly id: string; readonly client: Client }>
  /** An active agent that keeps its own key. */
  agent(options?: AgentOptions): Promise<WorldAgent>
  task(host?: WorldAgent, purpose?: string): Promise<{ readonly id: string }>
  /** A permission to read the customers, unless told otherwise. */
  permit(
    agent: { readonly id: string },
    audience: WorldAgent,
    options?: PermitOptions,
  ): Promise<{ readonly id: string; readonly credential: JsonObject }>
  /** What comes back of a request that is not the typed client's. */
  raw(method: string, path: string, options?: RawOptions): Promise<RawAnswer>
}

export interface AgentOptions {
  readonly name?: string
  readonly owner?: string
  readonly keyKind?: KeyKind
  readonly lifetimeSeconds?: number
  readonly didMethod?: 'key' | 'web'
  readonly roles?: readonly string[]
  readonly kind?: 'company' | 'employee' | 'external'
  readonly deputy?: string
  readonly riskTier?: NewAgent['riskTier']
  readonly segment?: string
}
export interface WorldAgent extends Holder {
  readonly id: string
  readonly client: Client
}
export interface PermitOptions {
  readonly task?: string
  /** JSON where a test sends what no grant is. */
  readonly grants?: readonly Grant[] | JsonArray
  readonly lifetimeSeconds?: number
  readonly delegation?: DelegationTerms
}
export interface RawOptions {
  readonly token?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly json: any
}

export const customers = 'db://crm/public/customers'
export const readCustomers: readonly Grant[] = [
  { id: 'g1', type: 'database', locations: [customers], actions: ['read'] },
]

/** @param environment settings beside the folder and a free port. */
export async function world(
  environment: Environment = {},
  folder = mkdtempSync(join(tmpdir(), 'procura-test-')),
): Promise<World> {
  let offset = 0
  let putBy = 0
  const clock = () => Date.now() + offset + putBy
  const monotonic = monotonicClock(() => performance.now() + offset)
  const log: string[] = []
  const config = readConfig({
    PROCURA_PORT: '0',
    PROCURA_RATE_BURST: '100000',
    ...(await storageOf(environment, folder)),
    ...environment,
  })
  const service = await startService(config, {
    clock,
    monotonic,
    writer: { write: (line) => log.push(line), flush: () => undefined },
  })
  let stopped = false
  const stop = async () => {
    if (!stopped) await service.stop()
    stopped = true
  }
  onTestFinished(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const apiKey = environment.PROCURA_ADMIN_KEY ?? service.adminToken ?? ''
  return {
    ...actors(service.url, service.publicUrl, apiKey),
    service,
    folder,
    log,
    advance: (milliseconds) => {
      offset += milliseconds
    },
    putClock: (milliseconds) => {
      putBy += milliseconds
    },
    stop,
  }
}

const server = process.env.PROCURA_TEST_POSTGRES
const databases = new Map<string, Environment>()

/** SQLite in the folder; under `npm run test:postgres` a database of its own, the same for the same folder. */
async function storageOf(environment: Environment, folder: string): Promise<Environment> {
  if (environment.PROCURA_DATABASE_URL !== undefined) return {}
  if (server === undefined) return { PROCURA_DATA: folder }
  const known = databases.get(folder)
  if (known) return known
  const port = await freePort()
  const made = {
    PROCURA_DATABASE_URL: await newDatabase(server, `world_${process.pid}_${databases.size}`),
    PROCURA_PORT: String(port),
    PROCURA_PUBLIC_URL: `http://127.0.0.1:${port}`,
    PROCURA_MASTER_KEY: Buffer.from(nodeCrypto.randomBytes(32)).toString('base64url'),
  }
  databases.set(folder, made)
  return made
}

export function actors(url: string, publicUrl: string, apiKey: string): Actors {
  const admin = makeClient(url, { apiKey })
  let owner: string | undefined
  const person: Actors['person'] = (name = 'Ada') => read(admin.people.$post({ json: { name } }))
  const made: Actors = {
    url,
    apiKey,
    admin,
    person,
    async keyFor(holder, ...scopes) {
      const [kind, id] = holder.split(':') as ['person' | 'system' | 'agent', string]
      const made = await read(
        admin['api-keys'].$post({
          json: { name: 'test', holder: { kind, id }, scopes: scopes as readonly Scope[] },
        }),
      )
      return { id: made.id, token: made.token!, client: makeClient(url, { apiKey: made.token! }) }
    },
    async agent({ name = 'agent', keyKind = 'Ed25519', didMethod = 'key', ...options } = {}) {
      owner ??= (await person()).id
      const signer = signerFromJwk(await generatePrivateJwk(keyKind))
      const json = { name, owner, keyKind, didMethod, ...options }
      const pending = await read(admin.agents.$post({ json: json }))
      const proof = await proveKey(pending.id, pending.keyChallenge!, signer)
      const { id, did } = await read(
        admin.agents[':id'].activate.$post({ param: { id: pending.id }, json: proof }),
      )
      const verificationMethod = `${did}#${toMultikey(signer.publicKey)}`
      return {
        id,
        did: did!,
        signer,
        verificationMethod,
        client: makeClient(url, { signer, verificationMethod, publicUrl }),
      }
    },
    task: (host, purpose = 'monthly-report') =>
      read(admin.tasks.$post({ json: { purpose, host: host?.did ?? null } })),
    async permit(agent, audience, { task, grants = readCustomers, ...options } = {}) {
      const json = {
        task: task ?? (await made.task(audience)).id,
        audience: [audience.did],
        grants: grants as readonly Grant[],
        ...options,
      }
      const issued = await read(
        admin.agents[':id'].credentials.$post({ param: { id: agent.id }, json: json }),
      )
      return issued
    },
    async raw(method, path, { token = apiKey, body, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        json: text.startsWith('{') ? JSON.parse(text) : text,
      }
    },
  }
  return made
}

export const readingCustomers = { action: 'read', resource: customers, purpose: 'monthly-report' }

/** The whole way: a challenge of the verifier, a presentation of the holder, a decision. */
export async function ask(
  verifier: WorldAgent,
  holder: Holder,
  credentials: readonly JsonObject[],
  request: object = {},
  form: 'data-integrity' | 'vp+jwt' = 'data-integrity',
) {
  const challenge = await read(
    verifier.client.challenges.$post({ json: { audience: verifier.did } }),
  )
  const presentation = await present(holder, credentials, challenge, form)
  return submit(verifier, presentation, request)
}

export async function submit(verifier: WorldAgent, presentation: JsonObject, request: object = {}) {
  const decision = await read(
    verifier.client.decisions.$post({ json: { presentation, ...readingCustomers, ...request } }),
  )
  return decision.decision === 'allow' ? 'allow' : `deny: ${decision.reason}`
}
