import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/composition/config.ts'
import { read } from '../../src/sdk/index.ts'
import { inherited } from '../inherited.ts'
import { ask, readCustomers, world } from '../world.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('the first start creates folder, database and key with modes that shut others out, and a key that works', async () => {
  const w = await world()

  expect([
    mode(w.folder),
    ...readdirSync(w.folder).map((name) => mode(join(w.folder, name))),
  ]).toEqual(['700', ...readdirSync(w.folder).map(() => '600')])
  expect(readdirSync(w.folder)).toContain('master.key')
  expect(w.service.adminToken).toMatch(/^procura_[\w-]{65}$/)
  expect((await w.raw('GET', '/people')).status).toBe(200)
  expect(
    (await w.raw('GET', '/issuers')).json.items.map(
      ({ name, did }: { name: string; did: string }) => [name, did.slice(0, 12)],
    ),
  ).toEqual([['main', 'did:key:z6Mk']])
})

test('a second start keeps everything and shows no key again', async () => {
  const first = await world()
  const x = await first.agent()
  await first.stop()

  const second = await world({}, first.folder)

  expect(second.service.adminToken).toBeUndefined()
  expect((await second.raw('GET', `/agents/${x.id}`, { token: first.apiKey })).json.did).toBe(x.did)
})

test('the environment can give every setting', async () => {
  const given = `procura_${Buffer.alloc(16, 1).toString('base64url')}${Buffer.alloc(32, 2).toString('base64url')}`
  const w = await world({
    PROCURA_ADMIN_KEY: given,
    PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url'),
    PROCURA_ISSUER: 'acme',
    PROCURA_ISSUER_MECHANISM: 'ecdsa-jcs-2019',
  })

  expect(readdirSync(w.folder)).not.toContain('master.key')
  expect((await w.raw('GET', '/issuers/acme', { token: given })).json).toMatchObject({
    mechanism: 'ecdsa-jcs-2019',
    keyKind: 'P-256',
  })
})

test.each([
  [{ PROCURA_PORT: 'x' }, 'PROCURA_PORT must be an integer from 0 to 65535'],
  [
    { PROCURA_HOST: '0.0.0.0' },
    'PROCURA_HOST accepts connections from other machines, so set PROCURA_PUBLIC_URL to the URL that they use',
  ],
  [
    { PROCURA_MASTER_KEY: 'a', PROCURA_MASTER_KEY_FILE: 'b' },
    'PROCURA_MASTER_KEY and PROCURA_MASTER_KEY_FILE are both set: remove one of them',
  ],
  [
    { PROCURA_MASTER_KEY: Buffer.alloc(32).toString('base64url') },
    'PROCURA_MASTER_KEY is not random: it repeats one byte 32 times',
  ],
  [
    { PROCURA_PUBLIC_URL: 'https://acme.example/path' },
    'PROCURA_PUBLIC_URL must be an origin such as https://iam.example.com, without a path',
  ],
  [
    { PROCURA_ALLOWED_ORIGINS: 'http://a/b' },
    'PROCURA_ALLOWED_ORIGINS must hold origins such as http://127.0.0.1:9000',
  ],
  [
    { PROCURA_TRUSTED_PROXIES: '0.0.0.0/0' },
    'PROCURA_TRUSTED_PROXIES must hold addresses and CIDR blocks such as 127.0.0.1 10.0.0.0/24 fd00::/64, not 0.0.0.0/0',
  ],
  [
    { PROCURA_FORWARDED_HEADER: 'forwarded' },
    'PROCURA_FORWARDED_HEADER applies to trusted proxies: set PROCURA_TRUSTED_PROXIES',
  ],
  [
    { PROCURA_TRUSTED_PROXIES: '127.0.0.1', PROCURA_FORWARDED_HEADER: 'x-real-ip' },
    'PROCURA_FORWARDED_HEADER must be one of x-forwarded-for, forwarded',
  ],
  [
    { PROCURA_PROT: '1' },
    'PROCURA_PROT is not a setting of this service: see docs/configuration.md',
  ],
  [{ PROCURA_LOG: 'loud' }, 'PROCURA_LOG must be one of error, warn, info, silent'],
])(
  'I36 K14 a wrong setting ends the start with a sentence that says what to do: %j',
  (environment, sentence) => {
    expect(() => readConfig(environment as never)).toThrow(sentence)
  },
)

test('a key file that others can read, and a database without its key, end the start', async () => {
  const w = await world()
  await w.stop()
  const key = join(w.folder, 'master.key')
  chmodSync(key, 0o644)
  await expect(world({}, w.folder)).rejects.toThrow(/can be read by others: run "chmod 600/)
  rmSync(key)
  await expect(world({}, w.folder)).rejects.toThrow(/the master key of the database is missing/)
  await expect(
    world(
      {
        PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString(
          'base64url',
        ),
      },
      w.folder,
    ),
  ).rejects.toThrow(/does not open under this master key/)
})

test.skipIf(process.platform !== 'linux')(
  'the service runs in the process that was started, with V8’s heap bounded',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'procura-heap-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const child = spawn(process.execPath, ['--stack-size=900', 'src/runtimes/node/main.ts'], {
      env: { ...inherited, PROCURA_DATA: folder, PROCURA_PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill())
    const [line] = await once(child.stdout, 'data')

    const command = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')

    expect(String(line)).toContain('listening')
    // The starter’s own flags stay.
    expect(command.slice(1, 3)).toEqual(['--max-semi-space-size=8', '--stack-size=900'])
  },
)

test('K13 a Node below the tested version is refused', async () => {
  const code = `Object.defineProperty(process.versions, 'node', { value: '22.9.0' }); await import(${JSON.stringify(new URL('../../src/runtimes/node/main.ts', import.meta.url).href)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let heard = ''
  child.stderr.on('data', (chunk) => (heard += chunk))

  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(2)
  expect(heard).toContain('the service needs Node 24 or newer, and this is Node 22.9.0')
})

test('on SIGTERM requests under way finish, and the next start finds a complete log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'procura-term-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['src/runtimes/node/main.ts'], {
    env: { ...inherited, PROCURA_DATA: folder, PROCURA_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const heard = await new Promise<string>((resolve) => {
    let text = ''
    const listen = (chunk: Buffer) => {
      text += chunk
      if (/"url"/.test(text) && /procura_/.test(text)) resolve(text)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
  })
  const url = /"url":"([^"]+)"/.exec(heard)![1]!
  const token = /procura_[\w-]{65}/.exec(heard)![0]
  const post = () =>
    fetch(`${url}/people`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"name":"x"}',
    }).then(
      ({ status }) => status,
      () => 'closed',
    )
  const requests = Array.from({ length: 50 }, post)
  await Promise.race(requests)
  child.kill('SIGTERM')

  const statuses = await Promise.all(requests)
  const code = await new Promise((resolve) =>
    child.exitCode === null ? child.on('exit', resolve) : resolve(child.exitCode),
  )
  const w = await world({}, folder)
  const people = (await w.raw('GET', '/people?limit=500', { token })).json.items

  expect(code).toBe(0)
  expect(people.filter(({ name }: { name: string }) => name === 'x')).toHaveLength(
    statuses.filter((status) => status === 201).length,
  )
})

test('K04 a service whose master key is lost still verifies, decides and revokes, and signs nothing', async () => {
  const first = await world()
  const [crm, reporter] = [await first.agent(), await first.agent()]
  const kept = await first.permit(reporter, crm)
  const other = await first.permit(reporter, crm)
  const port = new URL(first.url).port
  await first.stop()
  rmSync(join(first.folder, 'master.key'))

  await expect(world({ PROCURA_PORT: port }, first.folder)).rejects.toThrow(
    /master key of the database is missing/,
  )
  const lost = {
    PROCURA_MASTER_KEY_LOST: 'yes',
    PROCURA_PORT: port,
    PROCURA_ADMIN_KEY: first.apiKey,
  }
  const w = await world(lost, first.folder)
  const verified = await w.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: kept.credential },
  })
  const decided = await ask(crm, reporter, [kept.credential])
  const issue = await w.raw('POST', '/issuers/main/credentials/issue', {
    body: { credential: kept.credential },
  })
  const task = await w.task(crm)
  const permit = await w.raw('POST', `/agents/${reporter.id}/credentials`, {
    body: { task: task.id, audience: [crm.did], grants: readCustomers },
  })
  await read(w.admin.credentials[':id'].revoke.$post({ param: { id: other.id }, json: {} }))
  const ready = await w.raw('GET', '/readyz')

  expect([verified.status, verified.json.decision, decided]).toEqual([200, 'allow', 'allow'])
  expect([issue.status >= 400, permit.status, ready.status]).toEqual([true, 503, 503])
  expect(await ask(crm, reporter, [other.credential])).toBe('deny: revoked')
})

test('a new service is not set up under a key that nobody keeps', async () => {
  await expect(world({ PROCURA_MASTER_KEY_LOST: 'yes' })).rejects.toThrow(/remove it for a new one/)
})
