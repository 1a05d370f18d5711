import { expect, test } from 'vitest'
import { leave } from '../../src/operations/administering/change-person.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { checkPersonRoles } from '../../src/operations/enforcing/check-person-roles.ts'
import { putDocument } from '../../src/operations/governing/change-governance-document.ts'
import { grantsOf } from '../../src/permission/grants-of.ts'
import { delegate } from '../../src/sdk/index.ts'
import { admin, realDeps } from '../deps.ts'
import { ask as askVerifier, readCustomers, world } from '../world.ts'
import { eventsOf, organization, refusal, soon, stage } from './organization.ts'

const stateOf = (answer: { json: { state: string } }) => answer.json.state

test('a leaver’s agents go to their deputies; one without a deputy is suspended with all it holds, and so is an employee’s', async () => {
  const w = await world()
  const { member, door } = await organization(w)
  const leaver = await member('Leaver', { roles: ['analyst'], scopes: ['owner'] })
  const deputy = await member('Deputy', { scopes: ['owner'] })
  const options = { owner: leaver.id, roles: ['analyst'] }
  const withDeputy = await w.agent({ ...options, deputy: deputy.id })
  const alone = await w.agent(options)
  const personal = await w.agent({ ...options, deputy: deputy.id, kind: 'employee' })
  const assisted = await w.agent({ owner: deputy.id, deputy: leaver.id })
  const permissions = await Promise.all([withDeputy, alone].map((one) => w.permit(one, door)))
  const read = async (id: string) => (await w.raw('GET', `/agents/${id}`)).json

  const left = await w.raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  const again = await w.raw('POST', `/people/${leaver.id}/leave`, { body: {} })

  expect([left.json.person.state, left.json.handedOver, left.json.suspended.sort()]).toEqual([
    'left',
    [withDeputy.id],
    [alone.id, personal.id].sort(),
  ])
  expect(refusal(again)).toEqual([409, 'person_left'])
  const states = []
  for (const { id } of [withDeputy, alone, personal, assisted]) {
    const { owner, deputy, state } = await read(id)
    states.push([owner, deputy, state])
  }
  expect(states).toEqual([
    [deputy.id, null, 'active'],
    [leaver.id, null, 'suspended'],
    [leaver.id, deputy.id, 'suspended'],
    [deputy.id, null, 'active'],
  ])
  expect(await askVerifier(door, withDeputy, [permissions[0]!.credential])).toBe('allow')
  expect(await askVerifier(door, alone, [permissions[1]!.credential])).toMatch(/^deny: /)
  expect((await leaver.call('GET', '/agents')).status).toBe(401)
  const [event] = await eventsOf(w, 'person.left', 1)
  expect(event!.facts.handedOver).toEqual([withDeputy.id])
})

test('a leaver’s agents that were never activated are retired, and one that is suspended is not suspended again', async () => {
  const w = await world()
  const { member } = await organization(w)
  const leaver = await member('Leaver')
  const register = (name: string) =>
    w.raw('POST', '/agents', { body: { name, owner: leaver.id, custody: 'own' } })
  const pending = (await register('pending')).json
  const stopped = await w.agent({ owner: leaver.id })
  await w.raw('POST', `/agents/${stopped.id}/suspend`, { body: { reason: 'looked at' } })

  const { json } = await w.raw('POST', `/people/${leaver.id}/leave`, { body: {} })

  const found = { handedOver: [], suspended: [stopped.id], retired: [pending.id] }
  const { person: _, ...left } = json
  expect(left).toEqual(found)
  const [event] = await eventsOf(w, 'person.left', 1)
  expect(event!.facts).toEqual({ person: leaver.id, ...found })
  const reasons = (await eventsOf(w, 'agent.suspended', 1)).map(({ facts }) => facts.reason)
  expect(reasons).toEqual(['looked at'])
})

test('nobody who has left becomes owner or deputy, and a leaver’s suspended agent resumes only with another owner', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [leaver, heir] = [await member('Leaver'), await member('Heir')]
  const agent = await w.agent({ owner: leaver.id })
  const personal = await w.agent({ owner: leaver.id, kind: 'employee' })
  await w.raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  const handOver = (owner: string, deputy: string | null = null) =>
    w.raw('POST', `/agents/${agent.id}/hand-over`, { body: { owner, deputy } })

  const refused = [
    await w.raw('POST', '/agents', { body: { name: 'x', owner: leaver.id } }),
    await w.raw('POST', '/agents', { body: { name: 'x', owner: heir.id, deputy: leaver.id } }),
    await handOver(leaver.id),
    await handOver(heir.id, leaver.id),
    await handOver(heir.id, heir.id),
    await w.raw('POST', `/agents/${personal.id}/hand-over`, { body: { owner: heir.id } }),
  ]
  const early = await w.raw('POST', `/agents/${agent.id}/resume`, { body: {} })
  await handOver(heir.id)
  const resumed = await w.raw('POST', `/agents/${agent.id}/resume`, { body: {} })

  expect(refused.map(refusal)).toEqual(refused.map(() => [422, 'request_unprocessable']))
  expect(early.status).toBe(409)
  expect(stateOf(resumed)).toBe('active')
})

test('a deputy stands in for the owner, but cannot hand the agent over', async () => {
  const w = await world()
  const { member } = await organization(w)
  const scopes = ['owner']
  const [owner, deputy, third] = [
    await member('Owner', { scopes }),
    await member('Deputy', { scopes }),
    await member('Third', { scopes }),
  ]
  const agent = await w.agent({ owner: owner.id, deputy: deputy.id })
  const handOver = (as: typeof owner, to: string) =>
    as.call('POST', `/agents/${agent.id}/hand-over`, { owner: to, deputy: null })

  const seen = await deputy.call('GET', `/agents/${agent.id}`)
  const attempts = [await handOver(deputy, third.id), await handOver(deputy, deputy.id)]

  expect(seen.status).toBe(200)
  expect(attempts.map(refusal)).toEqual(attempts.map(() => [403, 'caller_forbidden']))
  expect((await w.raw('GET', `/agents/${agent.id}`)).json.owner).toBe(owner.id)
})

test('an employee’s agent never holds more than its person’s roles give: not by issuing, not by request, and not after a role is lost', async () => {
  const w = await world()
  const { member, door, ask, put } = await organization(w)
  const person = await member('Emma', { roles: ['analyst'], scopes: ['owner'] })
  const agent = await w.agent({ owner: person.id, roles: ['analyst'], kind: 'employee' })
  const beyond = [{ ...readCustomers[0]!, actions: ['update'] }]
  const issue = async (grants: unknown) =>
    w.raw('POST', `/agents/${agent.id}/credentials`, {
      body: { task: (await w.task(door)).id, audience: [door.did], grants },
    })

  const tooMuch = await issue(beyond)
  await put('/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [stage('security')],
  })
  const elevation = await ask(
    { kind: 'elevation', grants: beyond, audience: [door.did] },
    person,
    agent,
  )
  const [direct, asked] = [await issue(readCustomers), await ask({}, person, agent)]
  const before = await askVerifier(door, agent, [direct.json.credential])
  await w.raw('PATCH', `/people/${person.id}`, { body: { roles: ['clerk'] } })
  const after = [
    await askVerifier(door, agent, [direct.json.credential]),
    await askVerifier(door, agent, [asked.json.credential]),
  ]
  const anew = [await issue(readCustomers), await ask({}, person, agent)]

  expect(refusal(tooMuch)).toEqual([403, 'role_exceeded'])
  expect([elevation.json.state, elevation.json.because]).toEqual([
    'refused',
    "no role of the agent's person grants this",
  ])
  expect([before, ...after]).toEqual(['allow', 'deny: revoked', 'deny: revoked'])
  expect([refusal(anew[0]!), anew[1]!.json.state]).toEqual([[403, 'role_exceeded'], 'refused'])
})

test('an agent that loses a role loses what it requested under that role; an owner gives only roles of their own', async () => {
  const w = await world()
  const { ask, agent, door, owner, member } = await organization(w)
  const clerk = await member('Clerk', { roles: ['clerk'], scopes: ['owner'] })
  const granted = (await ask()).json
  const direct = await w.permit(agent, door)

  const tooMuch = await owner.call('PUT', `/agents/${agent.id}/roles`, { roles: ['head'] })
  const foreign = await clerk.call('PUT', `/agents/${agent.id}/roles`, { roles: ['clerk'] })
  const lost = await owner.call('PUT', `/agents/${agent.id}/roles`, { roles: [] })

  expect([refusal(tooMuch), refusal(foreign)]).toEqual([
    [403, 'caller_forbidden'],
    [404, 'not_found'],
  ])
  expect(lost.json.roles).toEqual([])
  expect(await askVerifier(door, agent, [granted.credential])).toBe('deny: revoked')
  expect(await askVerifier(door, agent, [direct.credential])).toBe('allow')
})

test('another identity of a person belongs to the first record; a user name belongs to one person', async () => {
  const w = await world()
  const { member } = await organization(w)
  const first = await member('First')
  const second = await member('Second', { identityOf: first.id })
  const third = await w.raw('POST', '/people', { body: { name: 'Third', identityOf: second.id } })
  const patch = (id: string, body: object) => w.raw('PATCH', `/people/${id}`, { body })

  const itself = await patch(first.id, { identityOf: second.id })
  const named = await patch(first.id, { userName: 'ada', email: 'ada@acme.example' })
  const taken = await patch(second.id, { userName: 'ada' })
  const cleared = await patch(first.id, { userName: null })

  expect(third.json.identityOf).toBe(first.id)
  expect(refusal(itself)).toEqual([422, 'request_unprocessable'])
  expect([named.json.userName, named.json.email, named.json.name]).toEqual([
    'ada',
    'ada@acme.example',
    'First',
  ])
  expect(refusal(taken)).toEqual([409, 'already_exists'])
  expect([cleared.json.userName, cleared.json.email]).toEqual([null, 'ada@acme.example'])
})

test('a record that becomes another’s identity takes its own identities with it', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [first, second] = [await member('First'), await member('Second')]
  const third = await member('Third', { identityOf: second.id })

  await w.raw('PATCH', `/people/${second.id}`, { body: { identityOf: first.id } })

  expect((await w.raw('GET', `/people/${third.id}`)).json.identityOf).toBe(first.id)
})

test('a role lost while its agent is suspended is still lost when the agent is resumed', async () => {
  const w = await world()
  const { ask, agent, door, owner } = await organization(w)
  const { credential } = (await ask()).json
  await owner.call('POST', `/agents/${agent.id}/suspend`, {})
  await owner.call('PUT', `/agents/${agent.id}/roles`, { roles: [] })
  await owner.call('POST', `/agents/${agent.id}/resume`, {})

  expect(await askVerifier(door, agent, [credential])).toBe('deny: revoked')
})

test('nobody changes the roles, mailboxes or links of their own records, whichever of them they call under', async () => {
  const w = await world()
  const { member } = await organization(w)
  const email = 'pia@acme.example'
  const pia = await member('Pia', { email, scopes: ['provisioner'], roles: ['clerk'] })
  const other = await member('Pia again', { identityOf: pia.id })
  const stranger = await member('Sam', { scopes: ['administrator'] })
  const record = async (id: string) => (await w.raw('GET', `/people/${id}`)).json
  const before = [await record(pia.id), await record(other.id), await record(stranger.id)]
  const patch = (by: typeof pia, id: string, body: object) =>
    by.call('PATCH', `/people/${id}`, body)
  const scim = (id: string, path: string, value: unknown) =>
    pia.call('PATCH', `/scim/v2/Users/${id}`, { Operations: [{ op: 'add', path, value }] })

  const refused = [
    await patch(pia, pia.id, { roles: ['clerk', 'treasurer'] }),
    await patch(pia, pia.id, { roles: [] }),
    await patch(pia, other.id, { roles: ['treasurer'] }),
    await patch(pia, pia.id, { email: 'new@acme.example' }),
    await patch(pia, other.id, { userName: 'new@acme.example' }),
    await patch(pia, pia.id, { identityOf: stranger.id }),
    await patch(pia, stranger.id, { identityOf: pia.id }),
    await patch(pia, stranger.id, { email }),
    await patch(stranger, stranger.id, { roles: ['treasurer'] }),
    await pia.call('POST', '/people', { name: 'x', identityOf: other.id, roles: ['treasurer'] }),
    await pia.call('POST', '/people', { name: 'x', email }),
  ]
  const overScim = [
    await scim(pia.id, 'roles', [{ value: 'treasurer' }]),
    await scim(pia.id, 'emails', [{ value: 'new@acme.example' }]),
  ]
  const after = [await record(pia.id), await record(other.id), await record(stranger.id)]
  const allowed = [
    await patch(pia, pia.id, { name: 'Pia P.' }),
    await patch(stranger, pia.id, { roles: ['treasurer'], email: 'new@acme.example' }),
    await patch(pia, stranger.id, { roles: ['clerk'] }),
  ]

  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'caller_forbidden']))
  expect(overScim.map(({ status }) => status)).toEqual([403, 403])
  expect(after).toEqual(before)
  expect(allowed.map(({ status }) => status)).toEqual([200, 200, 200])
})

test('the log lists every role that somebody gave, also after they have left', async () => {
  const w = await world()
  const { member, door } = await organization(w)
  const mallory = await member('Mallory', { scopes: ['administrator'] })
  const friend = (await mallory.call('POST', '/people', { name: 'Friend', roles: ['head'] })).json
  await mallory.call('PATCH', `/people/${friend.id}`, { roles: ['head', 'treasurer'] })
  const agent = (
    await mallory.call('POST', '/agents', { name: 'a', owner: friend.id, roles: ['analyst'] })
  ).json
  await mallory.call('PUT', `/agents/${agent.id}/roles`, { roles: ['clerk'] })
  await mallory.call('PUT', `/agents/${door.id}/roles`, { roles: ['clerk'] })
  await w.raw('POST', `/people/${mallory.id}/leave`, { body: {} })
  const given = async () => {
    const { json } = await w.raw('GET', `/audit?limit=1000&actor=person:${mallory.id}`)
    return json.events
      .map(({ event }: any) => event)
      .filter(({ facts }: any) => facts.roles)
      .map(({ type, facts }: any) => [type, facts.person ?? facts.agent, facts.roles])
  }

  await expect.poll(given, soon).toEqual([
    ['person.created', friend.id, ['head']],
    ['person.changed', friend.id, ['head', 'treasurer']],
    ['agent.registered', agent.id, ['analyst']],
    ['agent.roles-assigned', agent.id, ['clerk']],
    ['agent.roles-assigned', door.id, ['clerk']],
  ])
})

test('a delegate is another person who has not left, and only the person or an administrator names one', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [ada, eve] = [await member('Ada'), await member('Eve')]
  const gone = await member('Gone')
  await w.raw('POST', `/people/${gone.id}/leave`, { body: {} })
  const until = new Date(Date.now() + 1000).toISOString()
  const path = `/people/${ada.id}/delegate`

  const answers = [
    await ada.call('POST', path, { delegate: ada.id, until }),
    await ada.call('POST', path, { delegate: gone.id, until }),
    await eve.call('POST', path, { delegate: eve.id, until }),
    await ada.call('POST', path, { delegate: eve.id, until }),
    await ada.call('POST', path, { delegate: null }),
  ]

  expect(answers.map(({ status, json }) => [status, json.delegate])).toEqual([
    [422, undefined],
    [422, undefined],
    [404, undefined],
    [200, eve.id],
    [200, null],
  ])
})

test('every version of a document is kept; the newest counts, and a withdrawn document does not', async () => {
  const w = await world()
  const { put, ask, entitlement } = await organization(w)
  const path = '/entitlements/customers-for-analysts'
  const second = await put(path, { ...entitlement, maxLifetimeSeconds: 60 })
  const tooLong = await ask({ lifetimeSeconds: 61 })
  const short = await ask()
  const withdrawn = await w.raw('DELETE', path)
  const twice = await w.raw('DELETE', path)
  const none = await ask({
    grants: readCustomers,
    audience: entitlement.audience,
    lifetimeSeconds: 60,
  })

  const { json } = await w.raw('GET', '/entitlements')
  expect(json.items.map((one: any) => [one.version, one.body?.maxLifetimeSeconds])).toEqual([
    [1, 7200],
    [2, 60],
    [3, undefined],
  ])
  expect([second.version, withdrawn.json.version, withdrawn.json.body]).toEqual([2, 3, null])
  expect(refusal(twice)).toEqual([404, 'not_found'])
  expect([tooLong, short, none].map(stateOf)).toEqual(['refused', 'granted', 'refused'])
})

test('a document that could never apply is refused', async () => {
  const w = await world()
  const { entitlement } = await organization(w)
  const rule = { outcome: 'ask', stages: [stage('x')] }
  const answers = [
    ['/entitlements/x', { ...entitlement, grants: [] }],
    ['/entitlements/x', { ...entitlement, grants: [{ ...readCustomers[0]!, actions: ['fly'] }] }],
    ['/entitlements/x', { ...entitlement, delegation: { remainingDepth: -1 } }],
    ['/entitlements/x', { ...entitlement, roles: [] }],
    ['/entitlements/X', entitlement],
    ['/approval-rules/x', { ...rule, stages: [] }],
    ['/approval-rules/x', { ...rule, outcome: 'refuse' }],
    ['/approval-rules/x', { ...rule, stages: [{ name: 'x', approvers: {} }] }],
    ['/approval-rules/x', { ...rule, stages: [{ ...stage('x'), quorum: 0 }] }],
    [
      '/approval-rules/x',
      { ...rule, when: { grants: [{ type: 'database', locations: ['https://x.example/'] }] } },
    ],
  ] as const

  const statuses = []
  for (const [path, body] of answers) statuses.push((await w.raw('PUT', path, { body })).status)

  expect(statuses).toEqual([422, 422, 422, 400, 400, 400, 400, 400, 400, 422])
})

test('an owner cannot set an agent’s risk to low, or put it into another’s segment', async () => {
  const w = await world()
  const { member, put } = await organization(w)
  const [owner, head] = [
    await member('Owner', { scopes: ['owner'] }),
    await member('Head', { scopes: ['owner'] }),
  ]
  await put('/segments/finance', { owners: [head.id] })
  const register = (as: typeof owner, more: object) =>
    as.call('POST', '/agents', { name: 'x', owner: as.id, ...more })

  const refused = [
    await register(owner, { riskTier: 'low' }),
    await register(owner, { segment: 'finance' }),
    await register(head, { segment: 'elsewhere' }),
  ]
  const allowed = [
    await register(owner, {}),
    await register(owner, { riskTier: 'critical' }),
    await register(head, { segment: 'finance' }),
  ]

  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'caller_forbidden']))
  expect(allowed.map(({ status }) => status)).toEqual([201, 201, 201])
})

test('an employee’s agent gets no more by delegation, with the service’s help or without', async () => {
  const w = await world()
  const { member, door, entitlement, put } = await organization(w)
  const person = await member('Emma', { roles: ['reader'], scopes: ['owner'] })
  const personal = await w.agent({ owner: person.id, kind: 'employee' })
  const company = await w.agent()
  const grants = [{ ...readCustomers[0]!, actions: ['read', 'update'] }]
  const delegation = { remainingDepth: 1 }
  const root = (await w.permit(company, door, { grants, delegation })).credential
  const reading = [{ ...readCustomers[0]!, from: 'g1' }]
  const helped = async (given?: object[]) =>
    (
      await company.client.delegations.$post({
        json: { chain: [root], subject: personal.did, grants: given } as never,
      })
    ).status

  const without = await helped(reading)
  const quiet = await delegate(company, root, { subject: personal.did })
  const before = await askVerifier(door, personal, [root, quiet])
  await put('/entitlements/for-readers', {
    ...entitlement,
    roles: ['reader'],
    maxLifetimeSeconds: 86_400,
  })
  const withRole = [await helped(reading), await helped()]
  const after = [
    await askVerifier(door, personal, [root, quiet]),
    await askVerifier(door, personal, [root, quiet], { action: 'update' }),
  ]
  const elsewhere = await w.agent()
  const there = (await w.permit(company, elsewhere, { grants, delegation })).credential
  const quietThere = await delegate(company, there, { subject: personal.did })
  const notForThem = await askVerifier(elsewhere, personal, [there, quietThere])
  await w.raw('PATCH', `/people/${person.id}`, { body: { roles: [] } })
  const withoutRole = await askVerifier(door, personal, [root, quiet])

  expect([without, before]).toEqual([403, 'deny: role_exceeded'])
  expect([withRole, after]).toEqual([
    [201, 403],
    ['allow', 'deny: role_exceeded'],
  ])
  expect([notForThem, withoutRole]).toEqual(['deny: role_exceeded', 'deny: role_exceeded'])
})

test('an entitlement gives nothing to the agent of an employee who has just left, whatever their record still says', async () => {
  const deps = await realDeps()
  const person = await carryOut(deps, () =>
    createPerson(deps, admin, { name: 'Pia', roles: ['analyst'] }),
  )
  const agent = await carryOut(deps, () =>
    registerAgent(deps, admin, {
      name: 'a',
      kind: 'employee',
      owner: person.id,
      riskTier: 'medium',
      segment: 'default',
      didMethod: 'key',
      custody: 'service',
      keyKind: 'Ed25519',
    }),
  )
  const audience = ['did:web:crm.example'] as const
  await carryOut(deps, () =>
    putDocument(deps, admin, 'entitlement', 'customers', {
      roles: ['analyst'],
      purposes: ['monthly-report'],
      audience,
      grants: readCustomers,
      maxLifetimeSeconds: 3600,
    }),
  )
  const asked = {
    audience,
    grants: grantsOf(readCustomers),
    delegation: undefined,
    lifetimeSeconds: 60,
  }
  // As it was read a moment before its person left.
  const ask = () =>
    checkPersonRoles(deps, agent, 'monthly-report', asked).then(
      () => 'given',
      ({ code }) => code,
    )

  const before = await ask()
  await carryOut(deps, () => leave(deps, admin, person))
  const after = await ask()

  expect((await deps.people.find(person.id))!.roles).toEqual(['analyst'])
  expect([before, after]).toEqual(['given', 'role_exceeded'])
})

test('an agent changes no roles of the people who answer for it', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [owner, deputy, other] = [
    await member('Owner'),
    await member('Deputy'),
    await member('Other'),
  ]
  const agent = await w.agent({ owner: owner.id, deputy: deputy.id })
  const { token } = await w.keyFor(`agent:${agent.id}`, 'provisioner')
  const raise = (id: string) =>
    w.raw('PATCH', `/people/${id}`, { token, body: { roles: ['operations'] } })

  const [one, two, three] = [await raise(owner.id), await raise(deputy.id), await raise(other.id)]

  expect([refusal(one), refusal(two), three.status]).toEqual([
    [403, 'caller_forbidden'],
    [403, 'caller_forbidden'],
    200,
  ])
})
