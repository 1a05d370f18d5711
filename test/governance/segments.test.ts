import { expect, test } from 'vitest'
import { delegate } from '../../src/sdk/index.ts'
import { ask as askVerifier, customers, readCustomers, type World, world } from '../world.ts'
import { eventsOf, organization, refusal } from './organization.ts'

const inFinance = { segment: 'finance' }
const depth = { delegation: { remainingDepth: 2 } }

async function setUp(w: World) {
  const { member, put } = await organization(w)
  const [ledger, clerk, outsider] = await Promise.all([
    w.agent(inFinance),
    w.agent(inFinance),
    w.agent(),
  ])
  const issue = async (agent: { id: string }, audience: { did: string }, more: object = {}) =>
    w.raw('POST', `/agents/${agent.id}/credentials`, {
      body: {
        task: (await w.task()).id,
        audience: [audience.did],
        grants: readCustomers,
        ...more,
      },
    })
  return { member, put, ledger, clerk, outsider, issue }
}

test('by default nothing crosses into another segment: neither issuing nor use', async () => {
  const w = await world()
  const { put, ledger, clerk, outsider, issue } = await setUp(w)

  const within = await issue(clerk, ledger)
  const across = await issue(outsider, ledger)
  await put('/doors/reports', { from: 'default', to: 'finance' })
  const throughDoor = await issue(outsider, ledger)
  const used = await askVerifier(ledger, outsider, [throughDoor.json.credential])
  await w.raw('DELETE', '/doors/reports')
  const afterwards = await askVerifier(ledger, outsider, [throughDoor.json.credential])

  expect([within.status, throughDoor.status]).toEqual([201, 201])
  expect(refusal(across)).toEqual([403, 'segment_crossing'])
  expect(await askVerifier(ledger, clerk, [within.json.credential])).toBe('allow')
  expect([used, afterwards]).toEqual(['allow', 'deny: segment_crossing'])
})

test('a door is one way and exact: for its grants and nothing else', async () => {
  const w = await world()
  const { put, ledger, clerk, outsider, issue } = await setUp(w)
  const grants = (actions: string[], location = customers) => ({
    grants: [{ ...readCustomers[0]!, actions, locations: [location] }],
  })
  await put('/doors/reads', {
    from: 'default',
    to: 'finance',
    grants: [{ type: 'database', actions: ['read'], locations: ['db://crm/public/'] }],
  })

  const answers = [
    await issue(outsider, ledger),
    await issue(outsider, ledger, grants(['read'], 'db://crm/public/')),
    await issue(outsider, ledger, grants(['read', 'update'])),
    await issue(outsider, ledger, grants(['read'], 'db://crm/')),
    await issue(outsider, ledger, grants(['read'], 'db://erp/public/orders')),
    await issue(clerk, outsider),
  ]

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 403, 403, 403, 403])
})

test('issuers, audiences and resources live in segments too; what lives in none is open to all', async () => {
  const w = await world()
  const { put, ledger, clerk, outsider, issue } = await setUp(w)
  const nobodys = await issue(outsider, { did: 'did:web:partner.example' })
  await put('/segments/finance', {
    audiences: ['did:web:partner.example'],
    resources: [{ type: 'database', locations: ['db://crm/public/'] }],
  })
  await put('/segments/sales', {
    resources: [{ type: 'database', locations: ['db://crm/public/customers'] }],
  })

  const answers = [
    await issue(outsider, { did: 'did:web:partner.example' }),
    // The narrowest place counts: the customers are of sales, though they lie in finance’s schema.
    await issue(clerk, ledger),
    await issue(clerk, ledger, {
      grants: [{ ...readCustomers[0]!, locations: ['db://crm/public/orders'] }],
    }),
    // A prefix reaches into whatever lies under it.
    await issue(clerk, ledger, {
      grants: [{ ...readCustomers[0]!, locations: ['db://crm/public/'] }],
    }),
  ]
  await put('/doors/to-sales', { from: 'finance', to: 'sales' })
  const throughDoor = await issue(clerk, ledger)
  const issuer = (await w.raw('GET', '/issuers')).json.items[0]
  await put('/segments/treasury', { issuers: [issuer.did] })
  const foreignIssuer = await issue(clerk, ledger)

  expect([nobodys.status, ...answers.map(({ status }) => status)]).toEqual([
    201, 403, 403, 201, 403,
  ])
  expect([throughDoor.status, foreignIssuer.status]).toEqual([201, 403])
})

test('a delegation crosses no segment, with the service’s help or without', async () => {
  const w = await world()
  const { ledger, clerk, outsider, issue } = await setUp(w)
  const root = (await issue(clerk, ledger, depth)).json.credential

  const helped = await clerk.client.delegations.$post({
    json: { chain: [root], subject: outsider.did } as never,
  })
  const quiet = await delegate(clerk, root, { subject: outsider.did })

  expect(helped.status).toBe(403)
  expect(await askVerifier(ledger, outsider, [root, quiet])).toBe('deny: segment_crossing')
})

test('I33 one person in charge of a segment closes it, once; two open it again', async () => {
  const w = await world()
  const { put, member, ledger, clerk, outsider, issue } = await setUp(w)
  const scopes = ['owner']
  const [olga, otto] = [
    await member('Olga', { scopes: ['owner', 'administrator'] }),
    await member('Otto', { scopes }),
  ]
  const puppet = await member('Puppet', { scopes, by: olga })
  const [stranger, twin] = [
    await member('Sam', { scopes }),
    await member('Olga again', { scopes, identityOf: olga.id }),
  ]
  await put('/segments/finance', { owners: [olga.id, otto.id, twin.id, puppet.id] })
  const { id, credential } = (await issue(clerk, ledger)).json
  const elsewhere = (await issue(outsider, { did: outsider.did })).json.credential
  const close = (as: typeof olga, reason = 'compromised') =>
    as.call('POST', '/segments/finance/close', { reason })
  const reopen = (as: typeof olga) => as.call('POST', '/segments/finance/reopen', {})

  const byStranger = [await close(stranger), await reopen(stranger)]
  const before = await askVerifier(ledger, clerk, [credential])
  const closed = [await close(olga), await close(otto, 'again')]
  const during = [
    await askVerifier(ledger, clerk, [credential]),
    (await issue(clerk, ledger)).status,
    (await w.raw('GET', `/credentials/${id}`)).json.state,
    await askVerifier(outsider, outsider, [elsewhere]),
  ]
  const list = await w.raw('GET', '/closed-segments')
  const alone = [await reopen(olga), await reopen(olga), await reopen(twin), await reopen(puppet)]
  const still = await askVerifier(ledger, clerk, [credential])
  const second = await reopen(otto)
  const after = await askVerifier(ledger, clerk, [credential])
  const again = await reopen(otto)

  expect(byStranger.map(refusal)).toEqual(byStranger.map(() => [403, 'caller_forbidden']))
  expect(before).toBe('allow')
  expect(closed.map(({ json }) => [json.closedBy, json.reason])).toEqual(
    closed.map(() => [`person:${olga.id}`, 'compromised']),
  )
  expect(during).toEqual(['deny: suspended', 403, 'suspended', 'allow'])
  expect(list.json.items.map(({ segment }: { segment: string }) => segment)).toEqual(['finance'])
  expect(alone.map(({ status, json }) => [status, json.state])).toEqual([
    [200, 'closed'],
    [403, undefined],
    [403, undefined],
    [403, undefined],
  ])
  expect(still).toBe('deny: suspended')
  expect([second.json.state, after, again.json.state]).toEqual(['open', 'allow', 'open'])
  await eventsOf(w, 'segment.closed', 1)
  const [reopened] = await eventsOf(w, 'segment.reopened', 1)
  expect(reopened!.facts.people).toEqual([olga.id, otto.id])
})

test('a segment that nothing has cannot be closed: a typing error in an emergency is no success', async () => {
  const w = await world()
  await w.agent({ segment: 'lab' })
  const close = (name: string) =>
    w.raw('POST', `/segments/${name}/close`, { body: { reason: 'compromised' } })

  const unknown = await close('finanse')
  const ofAgent = await close('lab')

  expect([unknown.status, unknown.json.detail]).toEqual([
    404,
    'there is no segment finanse, so nothing was closed: GET /segments and the agents have the names',
  ])
  expect(ofAgent.status).toBe(200)
  expect((await w.raw('GET', '/closed-segments')).json.items).toHaveLength(1)
})

test('nothing enters a closed segment, not even through a door, and no rule of its own opens it', async () => {
  const w = await world()
  const { put, ledger, outsider, issue } = await setUp(w)
  await put('/doors/reports', { from: 'default', to: 'finance' })
  const { credential } = (await issue(outsider, ledger)).json
  const before = await askVerifier(ledger, outsider, [credential])

  await w.raw('POST', '/segments/finance/close', { body: { reason: 'x' } })
  const after = await askVerifier(ledger, outsider, [credential])
  const anew = await issue(outsider, ledger)

  expect([before, after]).toEqual(['allow', 'deny: segment_closed'])
  expect([refusal(anew), anew.json.detail]).toEqual([
    [403, 'segment_crossing'],
    'the segment finance is closed',
  ])
})

test('I33 a proposal to open a segment expires after an hour: then it takes two people again', async () => {
  const w = await world()
  const { put, member } = await setUp(w)
  const [olga, otto] = [
    await member('Olga', { scopes: ['owner'] }),
    await member('Otto', { scopes: ['owner'] }),
  ]
  await put('/segments/finance', { owners: [olga.id, otto.id] })
  const reopen = async (as: typeof olga) =>
    (await as.call('POST', '/segments/finance/reopen', {})).json
  await olga.call('POST', '/segments/finance/close', { reason: 'compromised' })

  const first = await reopen(olga)
  w.advance(3_600_000)
  const late = await reopen(otto)
  const second = await reopen(olga)

  expect([first, late, second]).toEqual([
    { segment: 'finance', state: 'closed', proposedBy: olga.id },
    { segment: 'finance', state: 'closed', proposedBy: otto.id },
    { segment: 'finance', state: 'open', proposedBy: null },
  ])
})

test('I33 a proposal to open a segment ends when its maker leaves: then it takes two people again', async () => {
  const w = await world()
  const { put, member } = await setUp(w)
  const scopes = ['owner']
  const [olga, otto, ida] = [
    await member('Olga', { scopes }),
    await member('Otto', { scopes }),
    await member('Ida', { scopes }),
  ]
  await put('/segments/finance', { owners: [olga.id, otto.id, ida.id] })
  const reopen = async (as: typeof olga) =>
    (await as.call('POST', '/segments/finance/reopen', {})).json
  await olga.call('POST', '/segments/finance/close', { reason: 'compromised' })

  const first = await reopen(olga)
  await w.raw('POST', `/people/${olga.id}/leave`, { body: {} })
  const second = await reopen(otto)
  const third = await reopen(ida)

  expect([first, second, third].map(({ state, proposedBy }) => [state, proposedBy])).toEqual([
    ['closed', olga.id],
    ['closed', otto.id],
    ['open', null],
  ])
})

test('I33 a proposal to open a segment ends when its maker is no longer in charge of it', async () => {
  const w = await world()
  const { put, member } = await setUp(w)
  const scopes = ['owner']
  const [olga, otto, ida] = [
    await member('Olga', { scopes }),
    await member('Otto', { scopes }),
    await member('Ida', { scopes }),
  ]
  await put('/segments/finance', { owners: [olga.id, otto.id] })
  const reopen = async (as: typeof olga) =>
    (await as.call('POST', '/segments/finance/reopen', {})).json
  await olga.call('POST', '/segments/finance/close', { reason: 'compromised' })

  const first = await reopen(olga)
  await put('/segments/finance', { owners: [otto.id, ida.id] })
  const second = await reopen(otto)
  const third = await reopen(ida)

  expect([first, second, third].map(({ state, proposedBy }) => [state, proposedBy])).toEqual([
    ['closed', olga.id],
    ['closed', otto.id],
    ['open', null],
  ])
})
