import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { frameworks } from '../../src/audit/controls.ts'
import { eventsOf, organization } from '../governance/organization.ts'
import { inherited } from '../inherited.ts'
import { readCustomers, type World, world } from '../world.ts'

const commandLine =
  ({ url, folder, apiKey }: World, token = apiKey) =>
  (...args: readonly string[]) =>
    new Promise<{ code: number; out: string; error: string; json: any }>((resolve) => {
      const env = { ...inherited, PROCURA_URL: url, PROCURA_KEY: token }
      execFile(
        process.execPath,
        [join(import.meta.dirname, '../../src/cli/main.ts'), ...args],
        { cwd: folder, env },
        (error, out, stderr) => {
          const json = out.startsWith('{') ? JSON.parse(out) : undefined
          resolve({ code: error ? Number(error.code) : 0, out, error: stderr, json })
        },
      )
    })

test('on the command line: put a rule, request a permission, approve it, review it, and close a segment', async () => {
  const w = await world()
  const { owner, member, door, agent } = await organization(w)
  const approver = await member('Ops', { roles: ['operations'] })
  const [admin, own, approve] = [
    commandLine(w),
    commandLine(w, owner.token),
    commandLine(w, approver.token),
  ]
  writeFileSync(
    join(w.folder, 'rule.json'),
    JSON.stringify({
      outcome: 'ask',
      stages: [{ name: 'operations', approvers: { roles: ['operations'] } }],
    }),
  )
  const task = (await w.task(door)).id

  const put = await admin(
    '--json',
    'document',
    'put',
    'all',
    'rule.json',
    '--kind',
    'approval-rule',
  )
  const listed = await admin('document', 'list', '--kind', 'approval-rule')
  const make = ['request', 'make', '--agent', agent.id, '--task', task, '--reason', 'x']
  const made = await own('--json', ...make)
  const refused = await own(
    '--json',
    ...make,
    '--grants',
    JSON.stringify([{ ...readCustomers[0], actions: ['ddl'] }]),
    '--audience',
    door.did,
  )
  const shown = await approve('--json', 'request', 'show', made.json.id)
  const approved = await approve(
    '--json',
    'request',
    'approve',
    made.json.id,
    '--digest',
    shown.json.digest,
  )
  const open = await approve('--json', 'request', 'list', '--state', 'open')
  const silent = await approve('request', 'refuse', made.json.id, '--digest', shown.json.digest)
  const review = await admin(
    '--json',
    'review',
    'start',
    '--name',
    'q',
    '--reviewers',
    'operations',
  )
  const items = await approve('--json', 'review', 'items', review.json.id, '--open')
  const decided = await approve(
    '--json',
    'review',
    'decide',
    review.json.id,
    items.json.items[0].id,
    '--outcome',
    'revoke',
  )
  const posture = await admin('posture')
  const closed = await admin('--json', 'segment', 'close', 'default', '--reason', 'drill')
  const reopened = await admin('--json', 'segment', 'reopen', 'default')
  const withdrawn = await admin('--json', 'document', 'withdraw', 'all', '--kind', 'approval-rule')

  expect([put.json.version, listed.out]).toEqual([1, expect.stringContaining('operations')])
  expect([made.json.state, made.code, refused.json.state, refused.code]).toEqual([
    'open',
    0,
    'refused',
    1,
  ])
  expect([shown.json.dossier.agent.id, approved.json.state]).toEqual([agent.id, 'granted'])
  expect(open.json.items).toEqual([])
  expect([silent.code, silent.error]).toEqual([2, expect.stringContaining('--comment')])
  expect([items.json.items.length, decided.json.outcome]).toEqual([1, 'revoke'])
  expect([posture.code, posture.out]).toEqual([0, expect.stringContaining('clean')])
  expect([closed.json.segment, reopened.json.state]).toEqual(['default', 'closed'])
  expect(withdrawn.json.body).toBe(null)
})

test('procura report writes the evidence of a period with checksums, and a log that proves it', async () => {
  const w = await world()
  const { ask, owner, member } = await organization(w)
  await ask()
  const leaver = await member('Leaver')
  await w.raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  await eventsOf(w, 'person.left', 1)
  const run = commandLine(w)
  const [today, tomorrow] = [0, 1].map((days) =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
  ) as [string, string]
  const period = ['--from', today, '--to', tomorrow]

  const written = await run('--json', 'report', 'soc2', ...period, '--out', 'soc2')
  const others = []
  for (const framework of ['gdpr', 'hipaa', 'iso27001'])
    others.push((await run('report', framework, ...period)).code)
  const again = await run('report', 'soc2', ...period, '--out', 'soc2')
  const empty = await run('--json', 'report', 'soc2', '--from', '2020-01-01', '--to', '2020-02-01')
  const wrong = [
    await run('report', 'pci', ...period),
    await run('report', 'soc2', '--from', 'x', '--to', 'y'),
  ]
  const folder = join(w.folder, 'soc2')
  const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
  const { json: head } = await w.raw('GET', '/audit/checkpoint')
  const log = ['audit', 'verify', '--log', join(folder, 'log.jsonl'), '--key', head.verifierKey]
  const verified = await run(...log)
  writeFileSync(
    join(folder, 'log.jsonl'),
    readFileSync(join(folder, 'log.jsonl'), 'utf8').replace('person.left', 'person.kept'),
  )
  const forged = await run(...log)

  expect([written.code, ...others]).toEqual([0, 0, 0, 0])
  const cc62 = written.json.controls.find(({ id }: { id: string }) => id === 'CC6.2')
  expect(cc62.events).toBeGreaterThan(4)
  const leavers = readFileSync(join(folder, 'evidence/leavers.jsonl'), 'utf8')
  expect(leavers).toContain(`"person":"${leaver.id}"`)
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('| CC6.3 |')
  expect(
    JSON.parse(readFileSync(join(folder, 'documents.json'), 'utf8')).entitlements,
  ).toHaveLength(1)
  expect(JSON.parse(readFileSync(join(folder, 'posture.json'), 'utf8')).isClean).toBe(true)
  expect(sums.split('\n').filter((line) => line.endsWith(': OK')).length).toBe(
    written.json.files.length - 1,
  )
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('sound')])
  expect([forged.code, forged.out]).toEqual([1, expect.stringContaining('has been altered')])
  expect([again.code, again.error]).toEqual([2, expect.stringContaining('already exists')])
  expect(empty.json.controls.every(({ events }: { events: number }) => events === 0)).toBe(true)
  expect(wrong.map(({ code }) => code > 0)).toEqual([true, true])
  expect(Object.keys(frameworks)).toEqual(['soc2', 'iso27001', 'hipaa', 'gdpr'])
  expect(owner.id).not.toBe(leaver.id)
})

test('on the command line, an agent is offered, shown, accepted, and acts with a new key; another offer is declined, a third withdrawn', async () => {
  const w = await world()
  const { owner, member } = await organization(w)
  const heir = await member('Heir', { scopes: ['owner'] })
  const [from, to] = [commandLine(w, owner.token), commandLine(w, heir.token)]
  const own = await w.agent({ owner: owner.id })
  const others = [await w.agent({ owner: owner.id }), await w.agent({ owner: owner.id })]
  const offer = async (id: string) =>
    (await from('--json', 'agent', 'hand-over', id, '--owner', heir.id)).json.handOver.id

  const id = await offer(own.id)
  const listed = await to('agent', 'offers')
  const seen = await to('--json', 'agent', 'offer', own.id)
  const accepted = await to('--json', 'agent', 'accept', own.id, '--offer', id)
  await to('key', 'create', '--out', 'new.json')
  const active = await to('--json', 'agent', 'activate', own.id, '--key', 'new.json')
  const declined = await to(
    'agent',
    'decline',
    others[0]!.id,
    '--offer',
    await offer(others[0]!.id),
  )
  const withdrawn = await from(
    'agent',
    'withdraw',
    others[1]!.id,
    '--offer',
    await offer(others[1]!.id),
  )

  expect([listed.out.includes(id), seen.json.id]).toEqual([true, id])
  expect([accepted.json.owner, accepted.json.state]).toEqual([heir.id, 'pending'])
  expect([active.json.state, active.json.owner]).toEqual(['active', heir.id])
  expect([declined.code, withdrawn.code]).toEqual([0, 0])
})

test('on the command line an administrator rotates an API key, and the old secret is void', async () => {
  const w = await world()
  const { owner } = await organization(w)
  const { items } = (await w.raw('GET', '/api-keys')).json
  const { id } = items.find(({ holder }: any) => holder.id === owner.id)

  const rotated = await commandLine(w)('--json', 'api-key', 'rotate', id)
  const [old, anew] = [
    await commandLine(w, owner.token)('agent', 'list'),
    await commandLine(w, rotated.json.token)('agent', 'list'),
  ]

  expect([rotated.code, old.code, anew.code]).toEqual([0, 2, 0])
})
