import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { readConfig } from '../../src/composition/config.ts'
import { toBase64url } from '../../src/foundation/encoding.ts'
import { newAdminKey } from '../../src/maintenance/admin-key.ts'
import { restoreD1 } from '../../src/maintenance/backup.ts'
import { delegate, present, read } from '../../src/sdk/index.ts'
import { actors, ask, readCustomers } from '../world.ts'
import { runWrangler, startWorkerd } from './workerd.ts'

const { randomBytes } = nodeCrypto
const adminKey = newAdminKey()
const publicUrl = 'https://iam.acme.example'
const variables = {
  PROCURA_PUBLIC_URL: publicUrl,
  PROCURA_MASTER_KEY: toBase64url(randomBytes(32)),
  PROCURA_ADMIN_KEY: adminKey,
}
const home = mkdtempSync(join(tmpdir(), 'procura-edge-'))
// Where wrangler looks for a database that it exports.
const state = join(home, '.wrangler', 'state')
const workerd = await startWorkerd('wrangler.toml', variables, state)
afterAll(async () => {
  await workerd.stop()
  rmSync(home, { recursive: true, force: true })
})
const edge = actors(workerd.url, publicUrl, adminKey)

test('the main job runs at the edge: permit, present, decide, revoke, end', async () => {
  const [crm, reporter] = [
    await edge.agent({ name: 'crm' }),
    await edge.agent({ keyKind: 'P-256' }),
  ]
  const task = await edge.task(crm)
  const first = await edge.permit(reporter, crm, { task: task.id })
  const second = await edge.permit(reporter, crm, { task: task.id })

  const allowed = await ask(crm, reporter, [first.credential])
  const other = await ask(crm, reporter, [first.credential], { action: 'write' })
  await read(edge.admin.credentials[':id'].revoke.$post({ param: { id: first.id }, json: {} }))
  const revoked = await ask(crm, reporter, [first.credential])
  const stillGood = await ask(crm, reporter, [second.credential], {}, 'vp+jwt')
  await read(
    crm.client.tasks[':id'].end.$post({ param: { id: task.id }, json: { outcome: 'completed' } }),
  )
  const ended = await ask(crm, reporter, [second.credential])

  expect([allowed, other, revoked, stillGood, ended]).toEqual([
    'allow',
    'deny: action_not_granted',
    'deny: revoked',
    'allow',
    'deny: revoked',
  ])
})

test('a delegated chain, an overlay, a Cedar policy and a limit are decided on at the edge', async () => {
  const [crm, reporter, helper] = [await edge.agent(), await edge.agent(), await edge.agent()]
  const limit = { type: 'uses', max: 4, authority: `${publicUrl}/meters` }
  const { credential: root } = await edge.permit(reporter, crm, {
    grants: [{ ...readCustomers[0]!, constraints: [limit] }],
    delegation: { remainingDepth: 1 },
  })
  const chain = [root, await delegate(reporter, root, { subject: helper.did })]
  const answers = [await ask(crm, helper, chain)]
  const scope = { kind: 'agent', value: reporter.did }
  const overlay = await edge.raw('POST', '/overlays', { body: { scope, reason: 'test' } })

  answers.push(await ask(crm, helper, chain))
  await edge.raw('POST', `/overlays/${overlay.json.id}/end`, { body: {} })
  const put = (policy: string) => edge.raw('PUT', '/policies/edge', { body: { policy } })
  await put('permit(principal, action, resource) when { context.purpose == "payroll" };')
  answers.push(await ask(crm, helper, chain))
  await put('permit(principal, action, resource) when { context.purpose == "monthly-report" };')
  answers.push(await ask(crm, helper, chain))
  const parallel = await Promise.all(Array.from({ length: 6 }, () => ask(crm, helper, chain)))
  await edge.raw('DELETE', '/policies/edge')

  expect(answers).toEqual(['allow', 'deny: overlay', 'deny: policy_no_permit', 'allow'])
  expect(parallel.toSorted()).toEqual(['allow', 'allow', ...Array(4).fill('deny: limit_reached')])
})

test('one challenge that is posted many times at once is accepted once', async () => {
  const [crm, reporter] = [await edge.agent(), await edge.agent()]
  const { credential } = await edge.permit(reporter, crm)
  const challenge = await read(crm.client.challenges.$post({ json: { audience: crm.did } }))
  const presentation = await present(reporter, [credential], challenge, 'data-integrity')
  const json = {
    presentation,
    action: 'read',
    resource: 'db://crm/public/customers',
    purpose: 'monthly-report',
  }

  const decisions = await Promise.all(
    Array.from({ length: 20 }, () => read(crm.client.decisions.$post({ json }))),
  )

  expect(decisions.filter(({ decision }) => decision === 'allow')).toHaveLength(1)
})

test('E25 credentials issued at the same moment have different entries', async () => {
  const [crm, reporter] = [await edge.agent(), await edge.agent()]
  const task = await edge.task(crm)

  const issued = await Promise.all(
    Array.from({ length: 40 }, () =>
      edge.permit(reporter, crm, { task: task.id, grants: readCustomers }),
    ),
  )

  const entries = issued.flatMap(({ credential }) =>
    (credential.credentialStatus as { id: string }[]).map(({ id }) => id),
  )
  expect(new Set(entries).size).toBe(80)
})

test('the sequencer gives every event its place, and signs the log', async () => {
  await edge.person('Grace')
  const latest = async () => (await edge.raw('GET', '/audit/checkpoint')).json.checkpoint as string
  const total = async () => (await edge.raw('GET', '/audit?limit=500')).json.events as object[]
  for (let tries = 0; tries < 40; tries++) {
    if (JSON.stringify(await total()).includes('person.created')) break
    await new Promise((next) => setTimeout(next, 100))
  }

  const events = (await total()) as { sequence: number }[]

  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i))
  expect(await latest()).toMatch(/^iam\.acme\.example\/audit\n\d+\n/)
})

test('K07 a D1 export is prepared before it is loaded into a new database, and everything that may have been revoked is revoked', async () => {
  const [crm, reporter] = [await edge.agent(), await edge.agent()]
  const task = await edge.task(crm)
  const old = await edge.permit(reporter, crm, { task: task.id })
  await edge.person('Semi;colon\'s -- daughter /* of "two" */')
  const policy = '// It\'s; "permit"\npermit(principal, action, resource);\n'
  await edge.raw('PUT', '/policies/lines', { body: { policy } })
  const listed = async (of: typeof edge) => [
    (await of.raw('GET', '/people?limit=500')).json.items,
    (await of.raw('GET', '/policies?name=lines')).json.items,
  ]
  const before = await listed(edge)
  await workerd.stop()
  const [exported, sealed] = [join(home, 'exported.sql'), join(home, 'sealed.sql')]
  copyFileSync('wrangler.toml', join(home, 'wrangler.toml'))
  const database = ['DATABASE', '--local']
  await runWrangler(['d1', 'export', ...database, '--cwd', home, '--output', exported])

  const report = await restoreD1(
    readConfig({ PROCURA_PUBLIC_URL: publicUrl }),
    exported,
    sealed,
    [],
  )
  const target = join(home, 'new')
  const into = ['--persist-to', target, '--file', sealed, '--config', 'wrangler.toml']
  await runWrangler(['d1', 'execute', ...database, ...into])
  const restored = await startWorkerd('wrangler.toml', variables, target)
  onTestFinished(() => restored.stop())
  const after = actors(restored.url, publicUrl, adminKey)
  const listedAfter = await listed(after)
  const client = await after.agent()
  const fresh = await after.permit(reporter, client, { task: task.id })
  const { json } = await after.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: old.credential },
  })

  expect(report).toEqual({ sealedLists: 2, renewedLists: 0, revoked: 131_072, learned: 0 })
  expect(json.reason).toBe('revoked')
  expect(listedAfter).toEqual(before)
  expect(await ask(client, reporter, [fresh.credential])).toBe('allow')
})
