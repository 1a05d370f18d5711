import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { read } from '../../src/sdk/index.ts'
import { makeDisk } from '../crash/disk.ts'
import { inherited } from '../inherited.ts'
import { startPostgresServer } from '../postgres-server.ts'
import { actors, ask, world } from '../world.ts'

const adminKey = `procura_${Buffer.alloc(16, 5).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`

describe.skipIf(process.env.PROCURA_SKIP_POSTGRES === '1')('PostgreSQL', () => {
  test('J10 while PostgreSQL is gone nothing is half done and proofs are still verified; then everything continues', async () => {
    const server = await startPostgresServer()
    onTestFinished(() => server.stop())
    const service = await world({
      PROCURA_DATABASE_URL: await server.newDatabase(),
      PROCURA_PUBLIC_URL: 'https://iam.acme.example',
      PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString(
        'base64url',
      ),
      PROCURA_ADMIN_KEY: adminKey,
    })
    const [crm, reporter] = [await service.agent(), await service.agent()]
    const task = await service.task(crm)
    const { id, credential } = await service.permit(reporter, crm, { task: task.id })
    const allowed = await ask(crm, reporter, [credential])
    const [{ statusListCredential }] = credential.credentialStatus as [
      { statusListCredential: string },
    ]
    const listPath = new URL(statusListCredential).pathname
    const count = async () => (await service.raw('GET', '/credentials?limit=100')).json.items.length
    const before = await count()
    await service.raw('GET', listPath)

    await server.kill()
    const issue = await service.raw('POST', `/agents/${reporter.id}/credentials`, {
      body: {
        task: task.id,
        audience: [crm.did],
        grants: [{ id: 'g', type: 'database', locations: ['db://a/b/c'], actions: ['read'] }],
      },
    })
    const verify = await service.raw('POST', '/credentials/verify', {
      body: { verifiableCredential: credential },
    })
    const altered = await service.raw('POST', '/credentials/verify', {
      body: { verifiableCredential: { ...credential, name: 'altered' } as JsonObject },
    })
    const [ready, alive, list] = [
      await service.raw('GET', '/readyz'),
      await service.raw('GET', '/healthz'),
      await service.raw('GET', listPath, { token: null }),
    ]
    await server.start()
    const after = await count()
    await read(
      service.admin.credentials[':id'].revoke.$post({ param: { id: id as never }, json: {} }),
    )
    const revoked = await ask(crm, reporter, [credential])

    expect(allowed).toBe('allow')
    expect([issue.status, issue.headers.get('retry-after'), issue.json.type]).toEqual([
      503,
      '1',
      'https://w3id.org/procura/problems#storage_unreachable',
    ])
    expect([verify.status, verify.json.verified, verify.json.decision, verify.json.reason]).toEqual(
      [200, true, 'deny', 'status_unavailable'],
    )
    expect([altered.status, altered.json.reason]).toEqual([400, 'signature_invalid'])
    expect([ready.status, alive.status, list.status]).toEqual([503, 200, 200])
    expect([before, after]).toEqual([1, 1])
    expect(revoked).toBe('deny: revoked')
  })
})

test('J07 on a full disk changes are refused with 503 and reading continues; with space again everything works', async () => {
  // No file may grow beyond this many kilobytes: to the database that is a disk without room. The
  // first start takes one thousand, for the journal of all migrations.
  const limited = `trap '' XFSZ; ulimit -S -f 2048; exec "${process.execPath}" src/runtimes/node/main.ts`
  const { child, url } = await start(['bash', '-c', limited])
  const service = actors(url, url, adminKey)
  const [crm, reporter] = [await service.agent(), await service.agent()]
  const task = await service.task(crm)
  const { credential } = await service.permit(reporter, crm, { task: task.id })
  const issue = () =>
    service.raw('POST', `/agents/${reporter.id}/credentials`, {
      body: {
        task: task.id,
        audience: [crm.did],
        grants: [{ id: 'g', type: 'database', locations: ['db://a/b/c'], actions: ['read'] }],
      },
    })

  let refused = await issue()
  let issued = 2
  for (; refused.status === 201 && issued < 2_000; issued++) refused = await issue()
  const stored = async () => {
    let [count, after] = [0, '']
    for (;;) {
      const { json } = await service.raw('GET', `/credentials?limit=500${after}`)
      count += json.items.length
      if (json.next === null) return count
      after = `&after=${json.next}`
    }
  }
  const whileFull = await stored()
  const verified = await service.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: credential },
  })
  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited'])
  const again = await issue()

  expect([refused.status, refused.json.type]).toEqual([
    503,
    'https://w3id.org/procura/problems#storage_unreachable',
  ])
  expect([whileFull, verified.json.decision]).toEqual([issued - 1, 'allow'])
  expect(again.status).toBe(201)
  expect(await ask(crm, reporter, [again.json.credential], { resource: 'db://a/b/c' })).toBe(
    'allow',
  )
})

test('J23 with a heap of 256 MB a flood of the largest bodies does not end the service, and others are answered', async () => {
  const { child, url } = await start([process.execPath, '--max-old-space-size=256', main])
  const bodies = [
    { x: Array.from({ length: 90_000 }, () => ({ a: 1 })) },
    Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, i])),
    { a: 'x'.repeat(1_000_000) },
  ].map((verifiableCredential) => JSON.stringify({ verifiableCredential }))
  const post = (body: string) =>
    fetch(`${url}/credentials/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body,
    }).then(async (response) => {
      await response.arrayBuffer()
      return response.status
    })

  const flood = Array.from({ length: 120 }, (_, i) => post(bodies[i % bodies.length]!))
  const other = await fetch(`${url}/healthz`)
  const statuses = new Set(await Promise.all(flood))

  expect(statuses).toEqual(new Set([400, 413]))
  expect([other.status, child.exitCode]).toEqual([200, null])
})

test('J08 nothing that the audit log cannot record is changed or decided, and reading continues', async () => {
  const w = await world()
  const [reporter, crm] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(reporter, crm)
  const database = new DatabaseSync(join(w.folder, 'procura.db'))
  database.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'the log is broken'); END",
  )

  const created = await w.raw('POST', '/people', { body: { name: 'Nobody' } })
  const decided = await ask(crm, reporter, [credential]).catch(({ problem }) => problem.status)
  const [people, ready] = [await w.raw('GET', '/people'), await w.raw('GET', '/readyz')]
  database.exec('DROP TRIGGER broken')
  database.close()
  const again = await w.raw('POST', '/people', { body: { name: 'Somebody' } })

  expect([created.status, decided, people.status, ready.status, again.status]).toEqual([
    503, 503, 200, 200, 201,
  ])
  expect(people.json.items.map(({ name }: { name: string }) => name)).toEqual([
    'Administrator',
    'Ada',
  ])
})

test('J29 while an old snapshot is read the write-ahead log grows, which a metric reports, and afterwards it stops', async () => {
  const w = await world()
  const body = { policy: `// ${'x'.repeat(95_000)}\npermit(principal, action, resource);` }
  const write = async () => {
    for (let i = 0; i < 60; i++) await w.raw('PUT', '/policies/large', { body })
    const metrics = (await w.raw('GET', '/metrics')).json as string
    return Number(/^procura_storage_wal_bytes (\d+)$/m.exec(metrics)![1])
  }
  const reader = new DatabaseSync(join(w.folder, 'procura.db'))
  reader.exec('BEGIN')
  const count = () =>
    (reader.prepare('SELECT COUNT(*) AS n FROM policies').get() as { n: number }).n
  const before = count()

  const held = await write()
  const seen = count()
  reader.exec('COMMIT')
  reader.close()
  const released = await write()

  expect([before, seen]).toEqual([0, 0])
  // Sixty times more than 95 kB; without the reader it begins again at 4 MB.
  expect(held).toBeGreaterThan(5_700_000)
  expect(released).toBeLessThan(held * 1.2)
})

test('J09 after a failed fsync the process ends, and what was acknowledged is there when it starts again', async () => {
  const disk = makeDisk()
  onTestFinished(disk.remove)
  const env = { ...disk.env, PROCURA_DATA: disk.folder }
  const first = await start([process.execPath, main], env)
  const service = actors(first.url, first.url, adminKey)
  const before = await service.agent()
  const ended = new Promise((resolve) => first.child.once('exit', resolve))

  disk.setFault('error')
  const refused = await service.raw('POST', '/people', { body: { name: 'Nobody' } })
  const code = await ended
  disk.setFault('none')
  // The kernel drops what it could not write.
  disk.losePower()
  const second = await start([process.execPath, main], env)
  const { raw } = actors(second.url, second.url, adminKey)
  const [agent, people] = [await raw('GET', `/agents/${before.id}`), await raw('GET', '/people')]
  const again = await raw('POST', '/people', { body: { name: 'Somebody' } })

  expect([refused.status, code]).toEqual([503, 1])
  expect(agent.json.did).toBe(before.did)
  expect(people.json.items.map(({ name }: { name: string }) => name)).not.toContain('Nobody')
  expect(again.status).toBe(201)
})

const main = 'src/runtimes/node/main.ts'

/** The service in a process of its own, started by a command, on an empty folder unless told otherwise. */
async function start([command, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'procura-faults-'))
  const child = spawn(command!, args, {
    env: {
      ...inherited,
      PROCURA_DATA: folder,
      PROCURA_PORT: '0',
      PROCURA_ADMIN_KEY: adminKey,
      PROCURA_RATE_BURST: '100000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return { child, url: await listening(child) }
}

/** The URL that a service tells when it is there. */
const listening = (child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> =>
  new Promise((resolve) => {
    child.stderr.resume()
    child.stdout.on('data', (chunk) => {
      const found = /"url":"([^"]+)"/.exec(String(chunk))?.[1]
      if (found) resolve(found)
    })
  })
