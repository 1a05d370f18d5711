import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { openPostgres } from '../src/adapters/storage/postgres/postgres.ts'
import { openSqlite } from '../src/adapters/storage/sqlite/sqlite.ts'
import { readConfig } from '../src/composition/config.ts'
import type { Database, Statement } from '../src/foundation/database.ts'
import { withDeps } from '../src/maintenance/with-deps.ts'
import { flawOfDuties } from '../src/operations/enforcing/check-duties-held.ts'
import { grantsOf } from '../src/permission/grants-of.ts'
import { loadMigrations } from '../src/runtimes/node/migrations.ts'
import { freePort, postgresForTests } from '../test/postgres-server.ts'
import { type Line, median } from './measure.ts'
import { startServer } from './server.ts'

const people = 1_000
const agents = 100_000
const permissions = 1_000_000
const requests = 50_000
const events = 300_000

/**
 * An organization of 100,000 agents with a million live permissions: lists, posture, separation of
 * duties.
 */
export async function benchGovernance(): Promise<readonly Line[]> {
  const server = await postgresForTests()
  const masterKey = Buffer.from(nodeCrypto.randomBytes(32)).toString('base64url')
  const folder = mkdtempSync(join(tmpdir(), 'procura-governance-'))
  const port = String(await freePort())
  const common = {
    PROCURA_PORT: port,
    PROCURA_PUBLIC_URL: `http://127.0.0.1:${port}`,
    PROCURA_MASTER_KEY: masterKey,
  }
  const lines = [...(await measure('SQLite', { ...common, PROCURA_DATA: folder }, sqlite))]
  rmSync(folder, { recursive: true, force: true })
  if (server) {
    const PROCURA_DATABASE_URL = await server.newDatabase()
    lines.push(...(await measure('PostgreSQL', { ...common, PROCURA_DATABASE_URL }, postgres)))
    await server.stop()
  }
  return lines
}

interface Dialect {
  open(
    environment: Readonly<Record<string, string>>,
  ): Promise<Database & { close(): Promise<void> }>
  /** An id of a kind and moment as 32 hexadecimal digits. */
  hex(kind: number, i: string, at: number): string
  blob(hex: string): string
}
const sqlite: Dialect = {
  open: async ({ PROCURA_DATA }) =>
    openSqlite({ file: join(PROCURA_DATA!, 'procura.db'), migrations: loadMigrations() }),
  hex: (kind, i, at) => `printf('%012x7%03x8%015x', ${at}, ${kind}, ${i})`,
  blob: (hex) => `unhex(${hex})`,
}
const postgres: Dialect = {
  open: ({ PROCURA_DATABASE_URL }) =>
    openPostgres({ url: PROCURA_DATABASE_URL!, migrations: loadMigrations() }),
  hex: (kind, i, at) =>
    `(lpad(to_hex(${at}::bigint), 12, '0') || '7' || lpad(to_hex(${kind}), 3, '0') || '8' || lpad(to_hex((${i})::bigint), 15, '0'))`,
  blob: (hex) => `decode(${hex}, 'hex')`,
}

const uuid = (hex: string) =>
  `(${[
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ]
    .map(([from, length]) => `substr(${hex}, ${from}, ${length})`)
    .join(" || '-' || ")})`
const raw = (text: string): Statement => ({ text: [text], parameters: [] })
const series = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`
const payments = (action: string) => [
  {
    id: 'g1',
    type: 'http-api',
    locations: ['https://pay.acme.example/payments'],
    actions: [action],
  },
]

async function measure(
  engine: string,
  environment: Readonly<Record<string, string>>,
  dialect: Dialect,
): Promise<readonly Line[]> {
  const first = await startServer(environment, environment.PROCURA_DATA)
  const { apiKey } = first
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${environment.PROCURA_PUBLIC_URL}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(JSON.stringify(answer))
    return answer
  }
  await call('PUT', '/separation-rules/payments', {
    sides: [
      { name: 'initiate', grants: [{ type: 'http-api', actions: ['initiate'] }] },
      { name: 'approve', grants: [{ type: 'http-api', actions: ['approve'] }] },
    ],
  })
  await call('PUT', '/entitlements/readers', {
    roles: ['reader'],
    purposes: ['report'],
    audience: ['did:web:crm.acme.example'],
    grants: [
      {
        id: 'g1',
        type: 'database',
        locations: ['db://crm/public/'],
        actions: ['insert', 'read', 'update'],
      },
    ],
  })
  // Stopping it would delete its folder.
  first.process.kill('SIGTERM')
  await new Promise((resolve) => first.process.once('exit', resolve))
  const now = Date.now()
  const database = await dialect.open(environment)
  for (const statement of seed(dialect, now)) await database.commit([raw(statement)])
  if (engine === 'PostgreSQL') await database.commit([raw('ANALYZE')])
  await database.close()
  const server = await startServer(
    { ...environment, PROCURA_ADMIN_KEY: apiKey },
    environment.PROCURA_DATA,
  )
  try {
    const lists = await timeLists(call, now, dialect)
    const slowest = Object.entries(lists).sort(([, a], [, b]) => b - a)
    const told = slowest.slice(0, 3).map(([path, time]) => `${path} ${time.toFixed(1)}`)
    const started = performance.now()
    await call('GET', '/posture')
    const posture = (performance.now() - started) / 1000
    const scanned = performance.now()
    await call('GET', '/separation-rules/payments/violations')
    const scan = performance.now() - scanned
    const check = await timeDuties(environment)
    return [
      {
        what: `${engine}: slowest list page of ${Object.keys(lists).length} kinds`,
        ratio: slowest[0]![1],
        unit: 'ms',
        goal: 50,
        detail: `${told.join(', ')}; 100,000 agents, 1,000,000 live permissions, over HTTP`,
      },
      {
        what: `${engine}: posture report`,
        ratio: posture,
        unit: 's',
        goal: 10,
        detail: 'the same organization, over HTTP',
      },
      {
        what: `${engine}: separation of duties of one request`,
        ratio: check,
        unit: 'ms',
        goal: 5,
        detail: `the check alone, 500,000 duties held; all violations found in ${scan.toFixed(0)} ms`,
      },
    ]
  } finally {
    await server.stop()
  }
}

/** The middle of each list, and its filters. Median of 9, in milliseconds. */
async function timeLists(
  call: (method: string, path: string) => Promise<Record<string, unknown>>,
  now: number,
  _dialect: Dialect,
): Promise<Readonly<Record<string, number>>> {
  const idOf = (kind: number, i: number) => {
    const hex = `${now.toString(16).padStart(12, '0')}7${kind.toString(16).padStart(3, '0')}8${i.toString(16).padStart(15, '0')}`
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-')
  }
  const agent = idOf(2, agents / 2)
  const paths = [
    '/people?limit=50',
    '/agents?limit=50',
    `/agents?limit=50&after=${agent}`,
    '/agents?limit=50&state=suspended',
    '/agents?limit=50&state=pending',
    '/credentials?limit=50',
    `/credentials?limit=50&after=${idOf(3, permissions / 2)}`,
    '/credentials?limit=50&state=active',
    '/credentials?limit=50&state=revoked',
    `/credentials?limit=50&agent=${agent}`,
    `/credentials?limit=50&agent=${agent}&state=revoked`,
    '/requests?limit=50',
    '/requests?limit=50&state=open',
    '/requests?limit=50&unreviewed=true',
    `/requests?limit=50&agent=${agent}`,
    '/audit?limit=50',
    `/audit?limit=50&from=${events / 2}`,
    '/audit?limit=50&type=person.left',
    '/audit?limit=50&actor=person%3Anobody',
    `/audit?limit=50&agent=${agent}`,
    '/entitlements',
    '/closed-segments',
    '/scim/v2/Agents?startIndex=50000&count=50',
    '/scim/v2/Users?count=50&filter=externalId%20eq%20%22x%22',
  ]
  const times: Record<string, number> = {}
  for (const path of paths) {
    const runs: number[] = []
    for (let run = 0; run < 10; run++) {
      const started = performance.now()
      await call('GET', path)
      // The first warms up.
      if (run > 0) runs.push(performance.now() - started)
    }
    times[path.replaceAll(/[0-9a-f-]{36}/g, '…')] = median(runs)
  }
  return times
}

/**
 * Milliseconds of one check of a new duty against existing ones; median over agents of many owners.
 */
const timeDuties = (environment: Readonly<Record<string, string>>): Promise<number> =>
  withDeps(readConfig(environment), async (deps) => {
    const some = await deps.agents.list({}, { limit: 200 })
    const grants = grantsOf(payments('initiate'))
    const times: number[] = []
    for (const agent of some) {
      const started = performance.now()
      await flawOfDuties(deps, agent, grants)
      times.push(performance.now() - started)
    }
    return median(times)
  })

/** The organization as stored. Creating it by calls would take hours, and is measured elsewhere. */
function seed({ hex, blob }: Dialect, now: number): readonly string[] {
  const id = (kind: number, i: string) => blob(hex(kind, i, now))
  const until = now + 20 * 3_600_000
  const secured = JSON.stringify({
    credentialSubject: { permission: { grants: payments('initiate') } },
    proof: { proofValue: 'z'.repeat(88) },
  })
  const terms = JSON.stringify({
    audience: ['did:key:z'],
    grants: payments('initiate'),
    lifetimeSeconds: 60,
  })
  const issuer = '(SELECT id FROM issuers LIMIT 1)'
  return [
    `INSERT INTO people (id, name, created_at) ${series(people)} SELECT ${id(1, 'i')}, 'Person ' || i, ${now} FROM n`,
    `INSERT INTO agents (id, name, kind, owner_id, risk_tier, segment, roles, did_method, custody, key_kind, did, state, created_at, last_active_at)
      ${series(agents)} SELECT ${id(2, 'i')}, 'Agent ' || i, 'company', ${id(1, `i % ${people}`)}, 'medium', 'default',
      '["reader"]', 'key', 'own', 'Ed25519', 'did:key:zBench' || i,
      CASE WHEN i % 100 = 1 THEN 'suspended' WHEN i % 100 = 2 THEN 'retired' ELSE 'active' END,
      ${now - 100 * 86_400_000}, ${now} - (i % 20) * 86400000 FROM n`,
    `INSERT INTO credentials (id, credential_id, issuer_id, agent_id, task_id, type, slot, valid_from, valid_until, created_at, secured, basis)
      ${series(permissions)} SELECT ${id(3, 'i')}, 'urn:uuid:' || ${uuid(hex(3, 'i', now))}, ${issuer},
      ${id(2, `i % ${agents}`)}, ${id(4, '0')}, 'TaskPermissionCredential', i, ${now}, ${until}, ${now},
      '${secured}', 'request:x' FROM n`,
    `INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
      ${series(permissions / 100)} SELECT ${issuer}, 'revocation', i * 100, 'credential', ${now} FROM n`,
    `INSERT INTO duties (rule, party, side, issuer, credential_id, valid_until)
      ${series(permissions / 2)} SELECT 'payments@1', 'person:' || ${uuid(hex(1, `i % ${people}`, now))}, i % ${people} % 2,
      (SELECT did FROM issuers LIMIT 1), 'urn:uuid:' || ${uuid(hex(3, 'i', now))}, ${until} FROM n`,
    `INSERT INTO duty_parties (rule, party, changes) SELECT DISTINCT rule, party, 1 FROM duties`,
    `INSERT INTO access_requests (id, kind, agent_id, task_id, requester, reason, terms, digest, rules, stages, stage, escalated, state, revision, created_at)
      ${series(requests)} SELECT ${id(5, 'i')}, CASE WHEN i % 500 = 0 THEN 'elevation' ELSE 'permission' END,
      ${id(2, `i % ${agents}`)}, ${id(4, '0')}, 'agent:x', 'a reason', '${terms}', 'sha-256:00', '[]', '[]', 0, 0,
      CASE WHEN i % 200 = 199 THEN 'open' ELSE 'granted' END, 0, ${now} FROM n`,
    `INSERT INTO usage (agent_id, type, action, location, count, last_used_at)
      ${series(agents * 2)} SELECT ${id(2, 'i / 2')}, 'database', CASE WHEN i % 2 = 0 THEN 'read' ELSE 'insert' END,
      'db://crm/public/customers', 3, ${now} - (i % 20) * 86400000 FROM n`,
    `INSERT INTO audit_events (id, at, type, actor, agent_id, body, salt, sequence, commitment)
      ${series(events)} SELECT ${id(6, 'i')}, ${now}, CASE WHEN i % 100000 = 7 THEN 'person.left' ELSE 'decision.made' END,
      'agent:x', ${id(2, `i % ${agents}`)}, '{"actor":"agent:x","at":"2026-01-01T00:00:00Z","facts":{"decision":"deny"},"type":"decision.made"}',
      ${blob("'00'")}, (SELECT COALESCE(MAX(sequence), 0) FROM audit_events) + 1 + i, ${blob("'00'")} FROM n`,
  ]
}
