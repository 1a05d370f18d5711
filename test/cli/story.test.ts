import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inherited } from '../inherited.ts'
import { type World, world } from '../world.ts'

interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs the command line as a process, in the folder of the service. */
function commandLine({ url, folder, apiKey }: World) {
  return (...args: readonly string[]) =>
    new Promise<Ran>((resolve) => {
      const env = { ...inherited, PROCURA_URL: url, PROCURA_KEY: apiKey }
      execFile(
        process.execPath,
        [join(import.meta.dirname, '../../src/cli/main.ts'), ...args],
        { cwd: folder, env },
        (error, out, stderr) =>
          resolve({ code: error ? Number(error.code) : 0, out, error: stderr }),
      )
    })
}

test('the story of the README, on the command line', async () => {
  const w = await world()
  const run = commandLine(w)
  const json = async (...args: string[]) => JSON.parse((await run('--json', ...args)).out)

  const ada = await json('person', 'create', '--name', 'Ada')
  const made = await json('key', 'create', '--out', 'x.key')
  await run('key', 'create', '--out', 'ledger.key', '--kind', 'P-256')
  const x = await json('agent', 'create', '--name', 'X', '--owner', ada.id, '--key', 'x.key')
  const ledger = await json(
    'agent',
    'create',
    '--name',
    'Ledger',
    '--owner',
    ada.id,
    '--key',
    'ledger.key',
  )
  const task = await json('task', 'create', '--purpose', 'monthly-report', '--host', ledger.did)
  const grants =
    '{"id":"g1","type":"database","locations":["db://crm/public/customers"],"actions":["read"]}'
  const issued = await json(
    'credential',
    'issue',
    '--agent',
    x.id,
    '--task',
    task.id,
    '--audience',
    ledger.did,
    '--grants',
    grants,
    '--out',
    'x.credential.json',
  )
  const verified = await run('verify', 'x.credential.json')
  const decide = async (action: string) => {
    const { challenge, domain } = await json(
      '--as',
      'ledger.key',
      'challenge',
      '--audience',
      ledger.did,
    )
    await run(
      'present',
      '--key',
      'x.key',
      '--credential',
      'x.credential.json',
      '--challenge',
      challenge,
      '--domain',
      domain,
      '--out',
      'x.presentation.json',
    )
    return run(
      '--as',
      'ledger.key',
      'decide',
      '--presentation',
      'x.presentation.json',
      '--action',
      action,
      '--resource',
      'db://crm/public/customers',
      '--purpose',
      'monthly-report',
    )
  }
  const [allowed, denied] = [await decide('read'), await decide('update')]
  const ended = await json('--as', 'ledger.key', 'task', 'end', task.id)
  const gone = await decide('read')
  const listed = await run('credential', 'list', '--agent', x.id)

  expect(made.publicKeyMultibase).toMatch(/^z6Mk/)
  expect((statSync(join(w.folder, 'x.key')).mode & 0o777).toString(8)).toBe('600')
  expect([x.state, ended.state, issued.file]).toEqual(['active', 'completed', 'x.credential.json'])
  expect([verified.code, verified.out]).toEqual([
    0,
    expect.stringMatching(/verified\s+true\ndecision\s+allow/),
  ])
  expect([allowed.code, allowed.out]).toEqual([0, expect.stringMatching(/^decision\s+allow/)])
  expect([denied.code, denied.out]).toEqual([
    1,
    expect.stringMatching(/decision\s+deny\nreason\s+action_not_granted/),
  ])
  expect([gone.code, gone.out]).toEqual([1, expect.stringMatching(/reason\s+revoked/)])
  expect(listed.out).toMatch(/revoked\s+TaskPermissionCredential/)
})

test('the log is exported and checked offline against an older checkpoint; a forged log is detected', async () => {
  const w = await world()
  const run = commandLine(w)
  await new Promise((resolve) => setTimeout(resolve, 700))
  await run('audit', 'checkpoint', '--out', 'older.txt')
  await run('person', 'create', '--name', 'Ada')
  await new Promise((resolve) => setTimeout(resolve, 700))
  const exported = await run('audit', 'export', '--out', 'log.jsonl')
  const check = () => run('audit', 'verify', '--log', 'log.jsonl', '--checkpoint', 'older.txt')

  const sound = await check()
  const file = join(w.folder, 'log.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replace('person.created', 'person.removed'))
  const forged = await check()
  const inFolder = await run('audit', 'verify', '--data', '.')

  expect(exported.out).toBe('5 events in log.jsonl\n')
  expect([sound.code, sound.out]).toEqual([
    0,
    expect.stringMatching(/^sound: 5 events of 127\.0\.0\.1:\d+\/audit, and it only grew/),
  ])
  expect([forged.code, forged.out]).toEqual([1, 'NOT SOUND: event 2 has been altered\n'])
  expect([inFolder.code, inFolder.out]).toEqual([0, expect.stringMatching(/^sound: 5 events/)])
})

test('each error is one sentence that says what is wrong and what to do', async () => {
  const w = await world()
  const run = commandLine(w)
  const without = { ...w, apiKey: '' }

  expect((await commandLine(without)('person', 'create', '--name', 'x')).error).toContain(
    'no credentials: set PROCURA_KEY',
  )
  expect(
    (await commandLine({ ...w, url: 'http://127.0.0.1:1' })('person', 'create', '--name', 'x'))
      .error,
  ).toContain('the service does not answer')
  expect((await run('--as', 'none.key', 'challenge', '--audience', 'did:key:x')).error).toContain(
    'make one with "procura key create',
  )
  expect((await run('revoke', '00000000-0000-7000-8000-000000000000')).error).toMatch(
    /Not found: there is no such credential \(404, urn:uuid:/,
  )
  expect((await run('--help')).out).toContain('credential')
  expect((await run('credential', 'issue', '--help')).out).toContain('--grants <json|@file>')
})

test('a service starts with the administrator key that the command line generates', async () => {
  const first = await world()
  const { out } = await commandLine(first)('key', 'generate')

  const second = await world({ PROCURA_ADMIN_KEY: out.trim() })

  expect((await second.raw('GET', '/people', { token: out.trim() })).status).toBe(200)
})

test('on the command line, a permission is delegated, narrowed by an overlay, and subject to a policy', async () => {
  const w = await world()
  const run = commandLine(w)
  const words = (line: string) => run('--json', ...line.split(' '))
  const json = async (line: string) => JSON.parse((await words(line)).out)
  const grants = [
    { id: 'g1', type: 'database', locations: ['db://crm/'], actions: ['read', 'update'] },
  ]
  writeFileSync(join(w.folder, 'grants.json'), JSON.stringify(grants))
  writeFileSync(
    join(w.folder, 'narrow.json'),
    JSON.stringify([{ ...grants[0], from: 'g1', actions: ['read'] }]),
  )
  writeFileSync(
    join(w.folder, 'wide.json'),
    JSON.stringify([{ ...grants[0], from: 'g1', actions: ['delete'] }]),
  )
  writeFileSync(
    join(w.folder, 'policy.cedar'),
    'permit(principal, action == Action::"update", resource);',
  )
  const ada = await json('person create --name Ada')
  const dids: Record<string, { id: string; did: string }> = {}
  for (const name of ['x', 'y', 'host']) {
    await words(`key create --out ${name}.key`)
    dids[name] = await json(`agent create --name ${name} --owner ${ada.id} --key ${name}.key`)
  }
  const { x, y, host } = dids as Record<'x' | 'y' | 'host', { id: string; did: string }>
  const task = await json(`task create --purpose report --host ${host.did}`)
  await words(
    `credential issue --agent ${x.id} --task ${task.id} --audience ${host.did} --grants @grants.json --depth 1 --out root.json`,
  )
  const decide = async (child: string) => {
    const { challenge } = await json(`--as host.key challenge --audience ${host.did}`)
    await words(
      `present --key y.key --credential root.json ${child} --challenge ${challenge} --domain ${host.did} --out shown.json`,
    )
    const { out } = await words(
      '--as host.key decide --presentation shown.json --action read --resource db://crm/public/customers --purpose report',
    )
    const { decision, reason } = JSON.parse(out)
    return reason ?? decision
  }

  const given = await words(
    `delegate --key x.key --credential root.json --to ${y.did} --grants @narrow.json --out child.json`,
  )
  const wide = await words(
    `delegate --key x.key --credential root.json --to ${y.did} --grants @wide.json`,
  )
  await words(
    `delegate --key x.key --credential root.json --to ${y.did} --help-of-service --out helped.json`,
  )
  const answers = [await decide('child.json'), await decide('helped.json')]
  const overlay = await json(`overlay create --scope agent --value ${x.did} --reason test`)
  answers.push(await decide('child.json'))
  await words(`overlay end ${overlay.id}`)
  await words('policy put base policy.cedar')
  answers.push(await decide('child.json'))
  const trial = await json('policy try base')
  const listed = await run('overlay', 'list')
  await words('policy withdraw base')
  answers.push(await decide('child.json'))

  expect([given.code, wide.code, wide.error.split(':')[1]?.trim()]).toEqual([
    0,
    2,
    'actions_widened',
  ])
  expect(answers).toEqual(['allow', 'allow', 'overlay', 'policy_no_permit', 'allow'])
  expect(trial.asked).toBeGreaterThan(0)
  expect(listed.out).toContain(`agent ${x.did}`)
})

test('a permission in another form is presented grant by grant, and a credential in part', async () => {
  const w = await world()
  const run = commandLine(w)
  const json = async (...args: string[]) => JSON.parse((await run('--json', ...args)).out)
  const person = await json('person', 'create', '--name', 'Ada')
  await run('key', 'create', '--out', 'x.key')
  const x = await json('agent', 'create', '--name', 'X', '--owner', person.id, '--key', 'x.key')
  const ledger = await w.agent()
  const task = await w.task(ledger)
  const tables = ['customers', 'payments'].map((table, i) => ({
    id: `g${i + 1}`,
    type: 'database',
    locations: [`db://crm/public/${table}`],
    actions: ['read'],
  }))
  const about = ['--agent', x.id, '--task', task.id, '--audience', ledger.did]
  const issued = ['--grants', JSON.stringify(tables), '--form', 'dc+sd-jwt', '--out', 'x.json']
  await run('credential', 'issue', ...about, ...issued)
  const challenge = ['--challenge', 'c', '--domain', ledger.did]
  const shown = await json(
    'present',
    '--key',
    'x.key',
    '--credential',
    'x.json',
    '--grants',
    'g1',
    ...challenge,
  )
  await w.raw('POST', '/issuers', { body: { name: 'sd', mechanism: 'ecdsa-sd-2023' } })
  const { json: issuedSd } = await w.raw('POST', '/issuers/sd/credentials/issue', {
    body: {
      credential: {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:a', name: 'A', description: 'hidden' },
      },
    },
  })
  writeFileSync(join(w.folder, 'whole.json'), JSON.stringify(issuedSd.verifiableCredential))
  const derived = await json('derive', 'whole.json', '--reveal', '/credentialSubject/name')

  const disclosed = (shown.id as string)
    .split('~')
    .map((part) => Buffer.from(part, 'base64url').toString())
  expect(disclosed.some((part) => part.includes('customers'))).toBe(true)
  expect(disclosed.some((part) => part.includes('payments'))).toBe(false)
  expect(derived.credentialSubject).toEqual({ id: 'did:example:a', name: 'A' })
  expect((await run('derive', 'whole.json', '--reveal', '/nothing')).code).toBe(2)
})

test('an interrupted export of the log continues where it stopped, and leaves one whole file', async () => {
  const w = await world()
  const run = commandLine(w)
  await run('person', 'create', '--name', 'Ada')
  await new Promise((resolve) => setTimeout(resolve, 700))
  await run('audit', 'export', '--out', 'whole.jsonl')
  const whole = readFileSync(join(w.folder, 'whole.jsonl'), 'utf8')
  const lines = whole.split('\n')
  const cut = `${lines.slice(0, 3).join('\n')}\n${lines[3]!.slice(0, 20)}`
  writeFileSync(join(w.folder, 'log.jsonl.part'), cut)

  const exported = await run('audit', 'export', '--out', 'log.jsonl')
  const missing = await run('audit', 'verify', '--log', 'nowhere.jsonl')

  expect([exported.code, readFileSync(join(w.folder, 'log.jsonl'), 'utf8')]).toEqual([0, whole])
  expect(existsSync(join(w.folder, 'log.jsonl.part'))).toBe(false)
  expect([missing.code, missing.error]).toMatchInlineSnapshot(`
    [
      2,
      "procura: nowhere.jsonl: ENOENT
    ",
    ]
  `)
})
