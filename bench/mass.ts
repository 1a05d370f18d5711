import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeClient, read } from '../src/sdk/index.ts'
import { listLength } from '../src/status/status-store.ts'
import type { Line } from './measure.ts'
import { startServer } from './server.ts'

const many = 1_000_000
const apiKey = `procura_${Buffer.alloc(16, 7).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`

/** J32: a task with a million live permissions ends while others are verified and issued. */
export async function benchMass(): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-mass-'))
  const environment = { PROCURA_DATA: folder, PROCURA_ADMIN_KEY: apiKey }
  const first = await startServer(environment, folder)
  const admin = makeClient(first.url, { apiKey })
  const owner = await read(admin.people.$post({ json: { name: 'Owner' } }))
  const agent = await read(
    admin.agents.$post({ json: { name: 'agent', owner: owner.id, custody: 'service' } }),
  )
  const [doomed, other] = [
    await read(admin.tasks.$post({ json: { purpose: 'doomed' } })),
    await read(admin.tasks.$post({ json: { purpose: 'other' } })),
  ]
  const issue = (task: string) =>
    read(
      admin.agents[':id'].credentials.$post({
        param: { id: agent.id },
        json: {
          task,
          audience: [agent.did!],
          grants: [{ id: 'g1', type: 'database', locations: ['db://a/b/c'], actions: ['read'] }],
        } as never,
      }),
    )
  const { id: pattern, credential: ended } = await issue(doomed.id)
  const kept = await issue(other.id)
  // The million is inserted directly; issuing it would take minutes, and is measured elsewhere.
  first.process.kill('SIGKILL')
  await new Promise((resolve) => first.process.once('exit', resolve))
  copyIn(join(folder, 'procura.db'), pattern)
  const server = await startServer(
    { ...environment, PROCURA_PORT: new URL(first.url).port },
    folder,
  )
  const call = async (path: string, body: object) => {
    const started = performance.now()
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { decision?: string }
    if (!response.ok) throw new Error(JSON.stringify(answer))
    return { answer, milliseconds: performance.now() - started }
  }
  const verifyUntil = async (isOver: () => boolean): Promise<number> => {
    const times: number[] = []
    while (!isOver()) {
      const { answer, milliseconds } = await call('/credentials/verify', {
        verifiableCredential: kept.credential,
      })
      if (answer.decision !== 'allow') throw new Error('a credential of another task is refused')
      times.push(milliseconds)
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!
  }
  const start = performance.now()
  await verifyUntil(() => performance.now() - start > 2_000)
  const calm = performance.now()
  const before = await verifyUntil(() => performance.now() - calm > 3_000)
  const { milliseconds } = await call(`/tasks/${doomed.id}/end`, { outcome: 'canceled' })
  const { answer } = await call('/credentials/verify', { verifiableCredential: ended })
  if (answer.decision !== 'deny') throw new Error('a credential of the ended task is allowed')
  const sweeping = performance.now()
  const storage = new DatabaseSync(join(folder, 'procura.db'), { readOnly: true })
  const orders = storage.prepare('SELECT COUNT(*) AS open FROM status_orders')
  let isSwept = false
  const looking = setInterval(() => {
    isSwept = (orders.get() as { open: number }).open === 0
  }, 100)
  const writes: number[] = []
  const writing = (async () => {
    while (!isSwept) {
      const started = performance.now()
      await issue(other.id)
      writes.push(performance.now() - started)
    }
  })()
  const during = await verifyUntil(() => isSwept)
  await writing
  clearInterval(looking)
  storage.close()
  const swept = (performance.now() - sweeping) / 1000
  const ninetyNinth = writes.sort((a, b) => a - b)[Math.floor(writes.length * 0.99)]!
  await server.stop()
  return [
    {
      what: 'end a task with 1,000,000 permissions',
      ratio: milliseconds / 1000,
      unit: 's',
      goal: 2,
      detail: `denied at once; the entries follow in ${swept.toFixed(0)} s, meanwhile p99 of verify ${during.toFixed(1)} ms (before ${before.toFixed(1)} ms), of issuing ${ninetyNinth.toFixed(1)} ms, at most ${writes.at(-1)!.toFixed(0)} ms`,
    },
  ]
}

function copyIn(file: string, pattern: string): void {
  const database = new DatabaseSync(file)
  const id = Buffer.from(pattern.replaceAll('-', ''), 'hex')
  const { next_slot: first, id: issuer } = database
    .prepare('SELECT next_slot, id FROM issuers')
    .get() as { next_slot: number; id: Uint8Array }
  database.exec('BEGIN')
  database
    .prepare(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO credentials (id, credential_id, issuer_id, agent_id, task_id, type, slot, valid_from, valid_until,
        created_at, secured, forms, basis)
      SELECT randomblob(16), 'urn:uuid:' || hex(randomblob(16)), issuer_id, agent_id,
      task_id, type, ? + i, valid_from, valid_until, created_at, secured, forms, basis FROM credentials, n WHERE id = ?`)
    .run(many - 1, first, id)
  database.prepare('UPDATE issuers SET next_slot = ?').run(first + many)
  const open = database.prepare(
    'INSERT INTO status_lists (id, issuer_id, purpose, volume, seed, version) VALUES (?, ?, ?, ?, ?, 0)',
  )
  for (let volume = 1; volume <= (first + many) / listLength; volume++)
    for (const purpose of ['revocation', 'suspension'])
      open.run(randomBytes(16), issuer, purpose, volume, randomBytes(32))
  database.exec('COMMIT')
  database.close()
}
