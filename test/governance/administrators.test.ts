import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/composition/config.ts'
import type { ServiceError } from '../../src/foundation/errors.ts'
import {
  type AddedAdministrator,
  addAdministrator,
} from '../../src/maintenance/add-administrator.ts'
import { type World, world } from '../world.ts'
import { eventsOf, organization, refusal } from './organization.ts'

const last = [409, 'last_administrator']

/** The first administrator: whose key the world calls with. */
async function firstOf(w: World) {
  const { items } = (await w.raw('GET', '/api-keys')).json
  const key = items.find((one: any) => one.scopes.includes('administrator'))
  return { id: key.holder.id as string, key: key.id as string }
}

async function directory(w: World) {
  const system = await w.raw('POST', '/systems', { body: { name: 'directory' } })
  const { token } = await w.keyFor(`system:${system.json.id}`, 'provisioner')
  return (method: string, path: string, body?: unknown) =>
    w.raw(method, path, { token, ...(body === undefined ? {} : { body }) })
}

test('the last administrator can neither leave nor lose the last key; with another administrator they can', async () => {
  const w = await world()
  const { member } = await organization(w)
  const first = await firstOf(w)
  const leave = (id: string, token = w.apiKey) =>
    w.raw('POST', `/people/${id}/leave`, { body: {}, token })

  const refused = [
    await leave(first.id),
    await w.raw('POST', `/api-keys/${first.key}/revoke`, { body: {} }),
  ]
  const other = await member('Other', { scopes: ['administrator'] })
  const second = await w.keyFor(`person:${first.id}`, 'administrator')
  const revoked = await w.raw('POST', `/api-keys/${first.key}/revoke`, {
    body: {},
    token: second.token,
  })
  const left = await leave(first.id, other.token)
  const then = await leave(other.id, other.token)

  expect(refused.map(refusal)).toEqual([last, last])
  expect([revoked.status, left.status]).toEqual([200, 200])
  expect(refusal(then)).toEqual(last)
  expect((await other.call('GET', '/people')).status).toBe(200)
})

test('of administrators who make each other leave at the same moment, one stays', async () => {
  const w = await world()
  const { member } = await organization(w)
  const first = await firstOf(w)
  const other = await member('Other', { scopes: ['administrator'] })

  const answers = await Promise.all([
    w.raw('POST', `/people/${first.id}/leave`, { body: {}, token: other.token }),
    w.raw('POST', `/people/${other.id}/leave`, { body: {} }),
  ])

  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
})

test('a directory cannot make an administrator leave whom it did not record, over SCIM or over our own routes', async () => {
  const w = await world()
  const { member } = await organization(w)
  const call = await directory(w)
  const admin = await member('Admin', { scopes: ['administrator'] })
  const plain = await member('Plain')
  const made = (await call('POST', '/scim/v2/Users', { userName: 'own' })).json
  await w.keyFor(`person:${made.id}`, 'administrator')
  const inactive = { Operations: [{ op: 'replace', path: 'active', value: false }] }

  const refused = [
    await call('POST', `/people/${admin.id}/leave`, {}),
    await call('DELETE', `/scim/v2/Users/${admin.id}`),
    await call('PATCH', `/scim/v2/Users/${admin.id}`, inactive),
    await call('PUT', `/scim/v2/Users/${admin.id}`, { userName: 'x', active: false }),
  ]
  const allowed = [
    await call('DELETE', `/scim/v2/Users/${plain.id}`),
    await call('PATCH', `/scim/v2/Users/${made.id}`, inactive),
  ]

  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403])
  expect(allowed.map(({ status }) => status)).toEqual([204, 200])
  expect((await admin.call('GET', '/people')).status).toBe(200)
})

const commandLine = (w: World, ...args: readonly string[]) =>
  new Promise<{ code: number; out: string; error: string }>((resolve) => {
    const env = { PATH: process.env.PATH, PROCURA_DATA: w.folder }
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli/main.ts'), ...args],
      { cwd: w.folder, env },
      (error, out, stderr) => resolve({ code: error ? Number(error.code) : 0, out, error: stderr }),
    )
  })

test.skipIf(process.env.PROCURA_TEST_POSTGRES !== undefined)(
  'whoever has the database creates an administrator when none is left, while the service runs, and the log records it',
  async () => {
    const w = await world()
    const [file, empty] = [join(w.folder, 'admin.key'), join(w.folder, 'empty')]
    const add = (data: string, out?: string) =>
      addAdministrator(readConfig({ PROCURA_DATA: data }), 'Another', out).catch(
        ({ code, detail }: ServiceError) => [code, detail],
      )

    const made = await commandLine(w, 'admin-key', '--name', 'Way back', '--out', file)
    const added = (await add(w.folder)) as AddedAdministrator
    const refused = [await add(w.folder, file), await add(empty, `${file}.2`)]

    const token = readFileSync(file, 'utf8').trim()
    const people = await w.raw('GET', '/people', { token })
    expect([made.code, made.error, made.out.includes(token)]).toEqual([0, '', false])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(people.json.items.map(({ name }: { name: string }) => name)).toContain('Way back')
    expect((await w.raw('GET', '/people', { token: added.token })).status).toBe(200)
    expect(refused).toEqual([
      [
        'configuration_invalid',
        `${file} exists already, or cannot be written: give another name with --out`,
      ],
      [
        'configuration_invalid',
        `there is no database in ${empty}: start the service, whose first start makes an administrator`,
      ],
    ])
    expect([existsSync(empty), existsSync(`${file}.2`)]).toEqual([false, false])
    const events = await eventsOf(w, 'service.administrator-added', 2)
    expect(events.map(({ actor }) => actor)).toEqual(['service', 'service'])
    expect(events[1]!.facts).toEqual({ person: added.person, apiKey: added.apiKey })
  },
)
