import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attributesOf } from '../../src/http/scim/descriptions.ts'
import { readFilter } from '../../src/http/scim/filter.ts'
import { applyPatch } from '../../src/http/scim/patch.ts'
import { ask as askVerifier, type World, world } from '../world.ts'
import { organization } from './organization.ts'

const user = 'urn:ietf:params:scim:schemas:core:2.0:User'
const agentSchema = 'urn:ietf:params:scim:schemas:core:2.0:Agent'
const extension = 'urn:procura:params:scim:schemas:extension:2.0:Agent'
const patchOf = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

async function directory(w: World) {
  const system = await w.raw('POST', '/systems', { body: { name: 'directory' } })
  const { token } = await w.keyFor(`system:${system.json.id}`, 'provisioner')
  return (method: string, path: string, body?: unknown) =>
    w.raw(method, `/scim/v2${path}`, {
      token,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/scim+json' } }),
    })
}

test('a directory discovers what the service supports', async () => {
  const w = await world()
  const call = await directory(w)
  const [config, types, schemas] = [
    await call('GET', '/ServiceProviderConfig'),
    await call('GET', '/ResourceTypes'),
    await call('GET', '/Schemas'),
  ]

  expect(config.headers.get('content-type')).toBe('application/scim+json')
  expect([config.json.patch, config.json.bulk.supported]).toEqual([{ supported: true }, false])
  expect(types.json.Resources.map((one: any) => [one.name, one.endpoint, one.schema])).toEqual([
    ['User', '/Users', user],
    ['Agent', '/Agents', agentSchema],
  ])
  expect(schemas.json.Resources.map(({ id }: { id: string }) => id)).toEqual([
    user,
    agentSchema,
    extension,
  ])
})

test('a user is a person: created, found, changed, and deleted with all consequences', async () => {
  const w = await world()
  const call = await directory(w)
  const { put, entitlement, door } = await organization(w)
  await put('/entitlements/for-clerks', { ...entitlement, roles: ['clerk'] })
  const made = await call('POST', '/Users', {
    schemas: [user],
    userName: 'ada@acme.example',
    externalId: 'ext-1',
    name: { formatted: 'Ada Lovelace', givenName: 'Ada' },
    emails: [{ value: 'other@acme.example' }, { value: 'ada@acme.example', primary: true }],
    roles: [{ value: 'clerk' }],
    title: 'Countess',
  })
  const { id } = made.json
  const twin = await call('POST', '/Users', { userName: 'ada@acme.example' })
  const found = await call(
    'GET',
    `/Users?filter=${encodeURIComponent('userName eq "ada@acme.example"')}`,
  )
  const byExternalId = await call(
    'GET',
    `/Users?filter=${encodeURIComponent('externalid EQ "ext-1"')}`,
  )
  const nobody = await call('GET', `/Users?filter=${encodeURIComponent('userName eq "x"')}`)
  const agent = await w.agent({ owner: id, roles: ['clerk'], kind: 'employee' })
  const permission = (await w.permit(agent, door)).credential
  const before = await askVerifier(door, agent, [permission])

  const renamed = await call(
    'PATCH',
    `/Users/${id}`,
    patchOf(
      { op: 'Replace', path: 'name.formatted', value: 'Ada King' },
      { op: 'Remove', path: 'roles[value eq "clerk"]' },
      { op: 'add', value: { externalId: 'ext-2' } },
    ),
  )
  const after = await askVerifier(door, agent, [permission])
  const inactive = await call(
    'PATCH',
    `/Users/${id}`,
    patchOf({ op: 'replace', value: { active: 'False' } }),
  )
  const told = await call('GET', `/Users/${id}`)
  const again = await call(
    'PATCH',
    `/Users/${id}`,
    patchOf({ op: 'replace', path: 'active', value: true }),
  )
  const owned = (await w.raw('GET', `/agents/${agent.id}`)).json.state

  expect([made.status, made.headers.get('location')]).toEqual([201, `${w.url}/scim/v2/Users/${id}`])
  expect(made.json).toMatchObject({
    schemas: [user],
    userName: 'ada@acme.example',
    externalId: 'ext-1',
    displayName: 'Ada Lovelace',
    emails: [{ value: 'ada@acme.example', primary: true }],
    roles: [{ value: 'clerk' }],
    active: true,
    meta: { resourceType: 'User' },
  })
  expect([twin.status, twin.json.scimType, twin.json.schemas]).toEqual([
    409,
    'uniqueness',
    ['urn:ietf:params:scim:api:messages:2.0:Error'],
  ])
  expect([found, byExternalId, nobody].map(({ json }) => json.totalResults)).toEqual([1, 1, 0])
  expect(found.json.Resources[0].id).toBe(id)
  expect([renamed.json.displayName, renamed.json.roles, renamed.json.externalId]).toEqual([
    'Ada King',
    [],
    'ext-2',
  ])
  expect([before, after]).toEqual(['allow', 'deny: revoked'])
  expect([inactive.json.active, told.json.active, again.json.active]).toEqual([false, false, false])
  expect(owned).toBe('suspended')
})

test('for the directory, a deleted user never existed', async () => {
  const w = await world()
  const call = await directory(w)
  const { json } = await call('POST', '/Users', { userName: 'gone' })

  const deleted = await call('DELETE', `/Users/${json.id}`)
  const answers = [
    await call('GET', `/Users/${json.id}`),
    await call('PUT', `/Users/${json.id}`, { userName: 'gone' }),
    await call('DELETE', `/Users/${json.id}`),
    await call('GET', '/Users/nonsense'),
  ]
  const anew = await call('POST', '/Users', { userName: 'gone' })

  expect([deleted.status, anew.status]).toEqual([204, 201])
  expect(answers.map(({ status, json }) => [status, json.status])).toEqual(
    answers.map(() => [404, '404']),
  )
  expect((await w.raw('GET', `/people/${json.id}`)).json.state).toBe('left')
})

test('a directory registers, hands over, suspends, resumes and retires an agent', async () => {
  const w = await world()
  const call = await directory(w)
  const [ada, eve] = [
    await call('POST', '/Users', { userName: 'ada' }),
    await call('POST', '/Users', { userName: 'eve' }),
  ]
  const owners = (...ids: string[]) => ids.map((value) => ({ value }))
  const made = await call('POST', '/Agents', {
    schemas: [agentSchema, extension],
    name: 'reporter',
    externalId: 'a-1',
    agentType: 'company',
    owners: owners(ada.json.id),
    roles: [{ value: 'analyst' }],
    [extension]: { custody: 'service', riskTier: 'high', lifetimeSeconds: 3600 },
  })
  const own = await call('POST', '/Agents', { name: 'own', owners: owners(ada.json.id) })
  const path = `/Agents/${made.json.id}`
  const { token } = await w.keyFor(`person:${ada.json.id}`, 'owner')
  const confirmed = await w.raw('POST', `/agents/${made.json.id}/confirm`, { token, body: {} })
  const handed = await call(
    'PATCH',
    path,
    patchOf({ op: 'replace', path: 'owners', value: owners(eve.json.id, ada.json.id) }),
  )
  const suspended = await call(
    'PATCH',
    path,
    patchOf({ op: 'replace', path: 'active', value: false }),
  )
  const resumed = await call('PUT', path, {
    ...handed.json,
    active: true,
    roles: [{ value: 'clerk' }],
  })
  const found = await call('GET', `/Agents?filter=${encodeURIComponent('name eq "reporter"')}`)
  const deleted = await call('DELETE', path)
  const after = [
    await call('GET', path),
    await call('GET', `/Agents?filter=${encodeURIComponent('externalId eq "a-1"')}`),
  ]

  expect(made.status).toBe(201)
  expect([made, own].map(({ json }) => [json[extension].state, json[extension].did])).toEqual([
    ['pending', null],
    ['pending', null],
  ])
  expect(own.json[extension].keyChallenge).toBeUndefined()
  expect(confirmed.json).toMatchObject({
    state: 'active',
    riskTier: 'high',
    did: expect.stringMatching(/^did:key:/),
  })
  expect(handed.json.owners.map(({ value }: { value: string }) => value)).toEqual([
    eve.json.id,
    ada.json.id,
  ])
  expect([suspended.json.active, suspended.json[extension].state]).toEqual([false, 'suspended'])
  expect([resumed.json.active, resumed.json.roles]).toEqual([true, [{ value: 'clerk' }]])
  expect([found.json.totalResults, deleted.status]).toEqual([1, 204])
  expect([after[0]!.status, after[1]!.json.totalResults]).toEqual([404, 0])
  expect((await w.raw('GET', `/agents/${made.json.id}`)).json.state).toBe('retired')
})

test('of PATCHes at the same moment, each changes what it names and nothing else', async () => {
  const w = await world()
  const call = await directory(w)
  const owner = await call('POST', '/Users', { userName: 'ada' })
  const agent = await call('POST', '/Agents', { name: 'a', owners: [{ value: owner.json.id }] })
  const paths = [`/Users/${owner.json.id}`, `/Agents/${agent.json.id}`]
  const roles = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']

  const answers = await Promise.all(
    paths.flatMap((path) => [
      ...roles.map((value) =>
        call('PATCH', path, patchOf({ op: 'add', path: 'roles', value: [{ value }] })),
      ),
      ...(path.startsWith('/Users')
        ? [call('PATCH', path, patchOf({ op: 'replace', path: 'externalId', value: 'e' }))]
        : []),
    ]),
  )

  const [user, changed] = [await call('GET', paths[0]!), await call('GET', paths[1]!)]
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(
    [user, changed].map(({ json }) => json.roles.map((one: { value: string }) => one.value).sort()),
  ).toEqual([roles, roles])
  expect(user.json.externalId).toBe('e')
})

test('a directory joins records that it made to one human being, and never two whom it did not make', async () => {
  const w = await world()
  const call = await directory(w)
  const { member } = await organization(w)
  const [ada, eve] = [
    await member('Ada', { email: 'ada@acme.example' }),
    await member('Eve', { email: 'eve@acme.example' }),
  ]
  const emails = (...values: string[]) => values.map((value) => ({ value }))
  const own = await call('POST', '/Users', {
    userName: 'ada',
    emails: emails('ada@acme.example'),
  })
  const mail = (id: string, value: string) =>
    call('PATCH', `/Users/${id}`, patchOf({ op: 'add', path: 'emails', value: emails(value) }))

  const refused = [
    await call('POST', '/Users', {
      userName: 'both',
      emails: emails('ada@acme.example', 'eve@acme.example'),
    }),
    await mail(own.json.id, 'eve@acme.example'),
    await mail(ada.id, 'eve@acme.example'),
  ]
  const further = await call('POST', '/Users', { userName: 'b', emails: emails('b@acme.example') })
  const joined = await mail(further.json.id, 'eve@acme.example')
  const humans = await Promise.all(
    [ada.id, eve.id, own.json.id, further.json.id].map(
      async (id) => (await w.raw('GET', `/people/${id}`)).json.identityOf,
    ),
  )

  expect([own.status, joined.status]).toEqual([201, 200])
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403])
  expect(humans).toEqual([null, null, ada.id, eve.id])
})

test('lists come a window at a time', async () => {
  const w = await world()
  const call = await directory(w)
  for (const name of ['a', 'b', 'c', 'd', 'e']) await call('POST', '/Users', { userName: name })
  const all = (await call('GET', '/Users')).json
  const window = (await call('GET', '/Users?startIndex=3&count=2')).json
  const none = (await call('GET', '/Users?startIndex=0&count=0')).json

  expect([all.totalResults, all.itemsPerPage, all.startIndex]).toEqual([6, 6, 1])
  expect([window.totalResults, window.itemsPerPage, window.startIndex]).toEqual([6, 2, 3])
  expect(window.Resources).toEqual(all.Resources.slice(2, 4))
  expect([none.totalResults, none.Resources]).toEqual([6, []])
})

test('unsupported requests are refused as SCIM requires', async () => {
  const w = await world()
  const call = await directory(w)
  const { json } = await call('POST', '/Users', { userName: 'ada' })
  const at = `/Users/${json.id}`
  const answers = [
    await call('GET', `/Users?filter=${encodeURIComponent('userName co "a"')}`),
    await call('GET', `/Users?filter=${encodeURIComponent('password eq "a"')}`),
    await call('GET', `/Users?filter=${encodeURIComponent('userName eq "a" or userName eq "b"')}`),
    await call('POST', '/Users', {}),
    await call('POST', '/Users', { userName: 'x', emails: [{ value: 'no mailbox' }] }),
    await call('POST', '/Users', { userName: 'x', roles: [{ value: 'No Role' }] }),
    await call('PATCH', at, { Operations: [] }),
    await call('PATCH', at, patchOf({ op: 'move', path: 'x' })),
    await call('PATCH', at, patchOf({ op: 'remove' })),
    await call('PATCH', at, patchOf({ op: 'replace', path: 'a b', value: 1 })),
    await call('PATCH', at, patchOf({ op: 'remove', path: 'userName' })),
    await call('POST', '/Agents', { name: 'x', owners: [] }),
    await call('POST', '/Agents', {
      name: 'x',
      owners: [{ value: json.id }],
      [extension]: { state: 'active', isAdmin: true },
    }),
  ]

  expect(answers.map(({ status, json }) => [status, json.scimType])).toEqual([
    [400, 'invalidFilter'],
    [400, 'invalidFilter'],
    [400, 'invalidFilter'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidSyntax'],
    [400, 'invalidSyntax'],
    [400, 'invalidSyntax'],
    [400, 'invalidPath'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
  ])
  expect((await w.raw('GET', '/scim/v2/Users', { token: null })).status).toBe(401)
})

test('PATCH follows RFC 7644, 3.5.2: names ignore case, lists are joined, filters select', () => {
  const before = {
    userName: 'a',
    emails: [
      { type: 'work', value: 'w' },
      { type: 'home', value: 'h' },
    ],
  }
  const after = (...operations: object[]) =>
    applyPatch(before, { Operations: operations } as never, attributesOf(user))

  expect(after({ op: 'replace', path: 'USERNAME', value: 'b' })).toEqual({
    ...before,
    userName: 'b',
  })
  expect(after({ op: 'add', path: 'emails', value: [{ value: 'x' }] }).emails).toEqual([
    ...before.emails,
    { value: 'x' },
  ])
  expect(after({ op: 'replace', path: 'emails[type eq "work"].value', value: 'n' }).emails).toEqual(
    [{ type: 'work', value: 'n' }, before.emails[1]],
  )
  expect(after({ op: 'add', path: 'emails[type eq "new"].value', value: 'n' }).emails).toEqual([
    ...before.emails,
    { type: 'new', value: 'n' },
  ])
  expect(after({ op: 'remove', path: 'emails[type eq "work"]' }).emails).toEqual([before.emails[1]])
  expect(after({ op: 'remove', path: `${user}:emails` })).toEqual({ userName: 'a' })
  expect(after({ op: 'add', path: 'name.formatted', value: 'A' }).name).toEqual({ formatted: 'A' })
  expect(after({ op: 'replace', path: 'userName', value: null })).toEqual({ emails: before.emails })
})

test('a PATCH reads the attributes of the schema alone: the work for all others grows with their number', () => {
  const members = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`member${i}`, i]))
  const value = { ...members(10_000), externalId: 'e' }
  const started = performance.now()

  const changed = applyPatch(
    { userName: 'a' },
    {
      Operations: [
        { op: 'add', value },
        { op: 'replace', value },
      ],
    },
    attributesOf(user),
  )

  expect(changed).toEqual({ userName: 'a', externalId: 'e' })
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('a PATCH that makes an attribute larger than any resource has it is refused', async () => {
  const w = await world()
  const call = await directory(w)
  const { json } = await call('POST', '/Users', { userName: 'ada' })
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ value: `r${i}` }))
  const wide = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`m${i}`, 1]))
  const tried = async (...operations: object[]) => {
    const { status, json: body } = await call('PATCH', `/Users/${json.id}`, patchOf(...operations))
    return [status, body.scimType]
  }

  expect([
    await tried({ op: 'replace', path: 'roles', value: many(101) }),
    await tried(...Array(3).fill({ op: 'add', path: 'roles', value: many(40) })),
    await tried({ op: 'add', value: { roles: many(101) } }),
    await tried({ op: 'replace', path: 'name', value: wide }),
    await tried({ op: 'add', path: 'roles[value eq "x"]', value: wide }),
    await tried(
      { op: 'add', path: 'roles', value: [{ value: { toString: 1 } }] },
      { op: 'remove', path: 'roles[value eq "x"]' },
    ),
    await tried({ op: 'replace', path: 'r'.repeat(1001), value: 1 }),
    await tried({ op: 'replace', path: 'roles', value: many(50) }),
  ]).toEqual([
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidValue'],
    [400, 'invalidPath'],
    [200, undefined],
  ])
})

test('any value in a filter is read back unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(readFilter(`userName eq ${JSON.stringify(value)}`, ['userName'])).toEqual({
        attribute: 'userName',
        value,
      })
    }),
  )
})
