import { expect, test } from 'vitest'
import { toBase64url, utf8 } from '../../src/foundation/encoding.ts'
import { delegate, type Grant } from '../../src/sdk/index.ts'
import { ask as askVerifier, customers, readCustomers, type World, world } from '../world.ts'
import { type Member, organization, refusal, soon } from './organization.ts'

const day = 86_400_000
const orders = 'db://crm/public/orders'
const wide = [
  {
    id: 'g1',
    type: 'database',
    locations: [customers, orders],
    actions: ['delete', 'insert', 'read', 'update'],
  },
  { id: 'g2', type: 'database', locations: ['db://erp/public/stock'], actions: ['read'] },
]

/** An agent with a wide entitlement, of which it used one action in one place, twice. */
async function setUp(w: World) {
  const made = await organization(w)
  const { put, entitlement, ask, door, agent, member, owner } = made
  await put('/entitlements/customers-for-analysts', { ...entitlement, grants: wide })
  const held = (await ask()).json
  const verifier = (await w.keyFor(`agent:${door.id}`, 'verifier')).client
  await askVerifier(door, agent, [held.credential])
  await askVerifier(door, agent, [held.credential])
  await askVerifier(door, agent, [held.credential], { action: 'ddl' })
  const used = async () => (await owner.call('GET', `/agents/${agent.id}/usage`)).json.items
  await expect.poll(async () => (await used())[0]?.count, soon).toBe(2)
  const reviewer = await member('Rita', { roles: ['reviewer'] })
  const start = async (more: object = {}) => {
    const body = { name: 'quarter', reviewers: { roles: ['reviewer'] }, ...more }
    const { json } = await w.raw('POST', '/reviews', { body })
    const { items } = (await reviewer.call('GET', `/reviews/${json.id}/items`)).json
    return { id: json.id as string, items, json }
  }
  const decide = (
    as: Member,
    review: { readonly id: string; readonly items: readonly { readonly id: string }[] },
    verdict: object,
  ) => as.call('POST', `/reviews/${review.id}/items/${review.items[0]!.id}`, verdict)
  return { ...made, held, used, reviewer, start, decide, verifier }
}

test('allowed acts are counted by action and place; denied ones are not', async () => {
  const w = await world()
  const { used, agent, member } = await setUp(w)
  const stranger = await member('Sam', { scopes: ['owner'] })

  const [one, ...others] = await used()

  expect([one.type, one.action, one.location, one.count, others]).toEqual([
    'database',
    'read',
    customers,
    2,
    [],
  ])
  const lastActiveAt = async () => (await w.raw('GET', `/agents/${agent.id}`)).json.lastActiveAt
  await expect.poll(lastActiveAt, soon).toBe(one.lastUsedAt)
  expect(refusal(await stranger.call('GET', `/agents/${agent.id}/usage`))).toEqual([
    404,
    'not_found',
  ])
})

test('the use of an agent is read in pages, and an approver sees the first hundred records of it', async () => {
  const w = await world()
  const { ask, door, agent, owner, member } = await organization(w)
  const approver = await member('Rita')
  const places = Array.from({ length: 101 }, (_, i) => `db://crm/public/table${1_000 + i}`)
  const schema = 'db://crm/public/'
  const grants: Grant[] = [{ id: 'g', type: 'database', locations: [schema], actions: ['read'] }]
  const { credential } = await w.permit(agent, door, { grants })
  for (const resource of places) await askVerifier(door, agent, [credential], { resource })
  const page = async (query: string) =>
    (await owner.call('GET', `/agents/${agent.id}/usage?${query}`)).json
  await expect.poll(async () => (await page('limit=500')).items.length, soon).toBe(101)

  const first = await page('limit=60')
  const second = await page(`limit=60&after=${first.next}`)
  const request = (await ask({ grants, audience: [door.did], kind: 'elevation' })).json
  const { dossier } = (await approver.call('GET', `/requests/${request.id}`)).json
  const malformed = ['x', toBase64url(utf8('["database"]')), first.next.slice(1)]
  const refused = malformed.map((after) =>
    owner.call('GET', `/agents/${agent.id}/usage?after=${after}`),
  )

  const placesOf = ({ items }: any) => items.map(({ location }: any) => location)
  expect([placesOf(first), placesOf(second), second.next]).toEqual([
    places.slice(0, 60),
    places.slice(60),
    null,
  ])
  expect(dossier.used).toEqual([...first.items, ...second.items.slice(0, 40)])
  expect((await Promise.all(refused)).map(refusal)).toEqual(
    malformed.map(() => [400, 'request_malformed']),
  )
})

test('a reviewer sees what was granted, what was used of it, and the smallest grant that would have been enough', async () => {
  const w = await world()
  const { start, reviewer, agent, owner } = await setUp(w)
  const { id, items } = await start()

  const { json } = await reviewer.call('GET', `/reviews/${id}/items/${items[0].id}`)

  expect([items.length, items[0].entitlement, json.dossier.agent.owner]).toEqual([
    1,
    'customers-for-analysts',
    owner.id,
  ])
  expect([json.dossier.agent.id, json.dossier.evidence]).toEqual([
    agent.id,
    { granted: 4, used: 1 },
  ])
  expect(json.dossier.grants).toEqual(wide)
  expect(json.dossier.proposal).toEqual([
    { id: 'g1', type: 'database', locations: [customers], actions: ['read'] },
  ])
})

test('certified access stays; narrowed access is revoked where it was wider, and cannot be requested again', async () => {
  const w = await world()
  const { start, decide, reviewer, door, agent, held, ask } = await setUp(w)

  const certified = await decide(reviewer, await start(), { outcome: 'certify' })
  const before = await askVerifier(door, agent, [held.credential])
  const review = await start()
  const tooMuch = await decide(reviewer, review, {
    outcome: 'narrow',
    grants: [{ ...wide[0]!, actions: ['ddl'] }],
  })
  const narrowed = await decide(reviewer, review, { outcome: 'narrow', comment: 'reads only' })
  const twice = await decide(reviewer, review, { outcome: 'certify' })
  const after = await askVerifier(door, agent, [held.credential])
  const anew = await ask()
  const more = await ask({ grants: [wide[0]], audience: [door.did] })

  expect([certified.json.outcome, before]).toEqual(['certify', 'allow'])
  expect(refusal(tooMuch)).toEqual([422, 'permission_invalid'])
  expect([narrowed.json.outcome, narrowed.json.comment]).toEqual(['narrow', 'reads only'])
  expect(refusal(twice)).toEqual([409, 'request_closed'])
  expect(after).toBe('deny: revoked')
  expect(anew.json.terms.grants).toEqual([
    { id: 'g1', type: 'database', locations: [customers], actions: ['read'] },
  ])
  expect(more.json.state).toBe('refused')
  expect((await w.raw('GET', `/reviews/${review.id}`)).json.state).toBe('closed')
})

test('I11 deciding the last item closes its campaign, with an Idempotency-Key too, and when the request is repeated', async () => {
  const w = await world()
  const { reviewer, start } = await setUp(w)
  const [plain, keyed] = [await start(), await start()]
  const decide = ({ id, items }: typeof plain, headers: Record<string, string> = {}) =>
    w.raw('POST', `/reviews/${id}/items/${items[0].id}`, {
      token: reviewer.token,
      headers,
      body: { outcome: 'certify' },
    })
  const stateOf = async ({ id }: typeof plain) => (await w.raw('GET', `/reviews/${id}`)).json.state

  const statuses = [
    await decide(plain),
    await decide(keyed, { 'idempotency-key': 'one' }),
    await decide(keyed, { 'idempotency-key': 'one' }),
  ].map(({ status }) => status)

  expect([plain.items.length, keyed.items.length]).toEqual([1, 1])
  expect(statuses).toEqual([200, 200, 200])
  expect([await stateOf(plain), await stateOf(keyed)]).toEqual(['closed', 'closed'])
})

test('revoked access ends and cannot be requested again', async () => {
  const w = await world()
  const { start, decide, reviewer, door, agent, held, ask } = await setUp(w)

  await decide(reviewer, await start(), { outcome: 'revoke' })
  const anew = await ask({ grants: readCustomers, audience: [door.did] })

  const whatever = await ask()

  expect(await askVerifier(door, agent, [held.credential])).toBe('deny: revoked')
  expect(anew.json.state).toBe('refused')
  expect([refusal(whatever), whatever.json.detail]).toEqual([
    [422, 'request_unprocessable'],
    'no entitlement of the agent covers such a task: state grants and audience',
  ])
})

test('neither owner nor deputy reviews a high-risk agent, under any identity; nor does anybody who is not named', async () => {
  const w = await world()
  const { start, decide, member, owner, put, entitlement } = await setUp(w)
  const roles = ['reviewer']
  await w.raw('PATCH', `/people/${owner.id}`, { body: { roles } })
  const deputy = await member('Deputy', { roles })
  const twin = await member('Olga again', { roles, identityOf: owner.id })
  await put('/entitlements/for-pilots', { ...entitlement, roles: ['pilot'] })
  const pilot = { owner: owner.id, deputy: deputy.id, roles: ['pilot'] }
  await w.agent({ ...pilot, riskTier: 'high' })
  const scope = { roles: ['pilot'], riskTiers: ['high'] }

  const review = await start({ scope })
  const refused = []
  for (const one of [owner, deputy, twin, await member('Nobody')])
    refused.push(await decide(one, review, { outcome: 'certify' }))
  const other = await decide(await member('Other', { roles }), review, { outcome: 'certify' })
  await w.agent({ ...pilot, riskTier: 'low' })
  const low = await start({ scope: { ...scope, riskTiers: ['low'] } })
  const ofLowRisk = await decide(owner, low, { outcome: 'certify' })

  expect([review.items.length, low.items.length]).toEqual([1, 1])
  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'approval_not_allowed']))
  expect([other.json.outcome, ofLowRisk.json.outcome]).toEqual(['certify', 'certify'])
})

test.for([
  ['narrow', 'active'],
  ['suspend', 'suspended'],
] as const)(
  'an item that nobody reviewed in time: by the policy %s its agent is %s',
  async ([undone, state]) => {
    const w = await world({ PROCURA_UNUSED_SUSPEND_DAYS: '0' })
    const { start, agent, ask, reviewer } = await setUp(w)
    const { id } = await start({ onDeadline: undone, dueSeconds: 2 * 86_400 })
    w.advance(2 * day)

    const stateOf = async () => (await w.raw('GET', `/reviews/${id}`)).json.state
    await expect.poll(stateOf, soon).toBe('closed')

    const { items } = (await reviewer.call('GET', `/reviews/${id}/items`)).json
    expect(items.map((one: any) => [one.outcome, one.decidedBy])).toEqual([
      [undone === 'narrow' ? 'narrow' : 'suspended', 'service'],
    ])
    expect((await w.raw('GET', `/agents/${agent.id}`)).json.state).toBe(state)
    if (undone === 'narrow')
      expect((await ask()).json.terms.grants).toEqual([
        { id: 'g1', type: 'database', locations: [customers], actions: ['read'] },
      ])
  },
)

test('an unused agent is suspended, and retired if nobody resumes it', async () => {
  const w = await world()
  const { agent } = await organization(w)
  const other = await w.agent()
  const stateOf = async (id: string) => (await w.raw('GET', `/agents/${id}`)).json.state
  w.advance(90 * day + 1)
  await expect.poll(() => stateOf(agent.id), soon).toBe('suspended')
  await expect.poll(() => stateOf(other.id), soon).toBe('suspended')
  await w.raw('POST', `/agents/${other.id}/resume`, { body: {} })
  w.advance(89 * day)
  const still = [await stateOf(agent.id), await stateOf(other.id)]
  w.advance(2 * day)
  await expect.poll(() => stateOf(agent.id), soon).toBe('retired')
  await expect.poll(() => stateOf(other.id), soon).toBe('suspended')

  expect(still).toEqual(['suspended', 'active'])
})

test('retirement leaves nothing behind that works, and reports it', async () => {
  const w = await world()
  const { door, member } = await organization(w)
  const heir = await w.agent({ owner: (await member('Heir')).id })
  const kept = await w.raw('POST', '/agents', {
    body: { name: 'kept', owner: (await w.person()).id, custody: 'service', didMethod: 'key' },
  })
  const { id, did } = kept.json
  const grants = readCustomers
  const { json } = await w.raw('POST', `/agents/${id}/credentials`, {
    body: {
      task: (await w.task(door)).id,
      audience: [door.did],
      grants,
      delegation: { remainingDepth: 2 },
    },
  })
  const key = await w.keyFor(`agent:${id}`, 'verifier')
  const delegated = await w.raw('POST', '/delegations', {
    token: key.token,
    body: { chain: [json.credential], subject: heir.did },
  })
  const verifier = await w.keyFor(`agent:${door.id}`, 'verifier')
  const asDoor = (path: string, body: object) =>
    w.raw('POST', path, { token: verifier.token, body })
  const { challenge, domain } = (await asDoor('/challenges', { audience: door.did })).json
  const shown = await w.raw('POST', `/agents/${id}/presentations`, {
    body: { credentials: [json.id], challenge, domain },
  })
  const session = await asDoor('/sessions', { presentation: shown.json.verifiablePresentation })
  const early = await w.raw('GET', `/agents/${id}/retirement`)
  const retired = await w.raw('POST', `/agents/${id}/retire`, { body: { reason: 'project over' } })
  const read = async () => (await w.raw('GET', `/agents/${id}/retirement`)).json
  await expect.poll(async () => (await read()).retired?.reason, soon).toBe('project over')
  const used = await askVerifier(door, heir, [json.credential, delegated.json.credential])
  const inList = await w.raw('GET', `/credentials/${delegated.json.id}`)

  expect(session.json).toMatchObject({ session: expect.any(String) })
  expect([did.slice(0, 8), delegated.status, retired.json.state]).toEqual([
    'did:key:',
    201,
    'retired',
  ])
  expect(refusal(early)).toEqual([409, 'agent_state_conflict'])
  expect(await read()).toMatchObject({
    agent: id,
    left: { credentials: 0, delegations: 0, sessions: 0, apiKeys: 0, keys: 0 },
    isClean: true,
  })
  expect([used, inList.json.state]).toEqual(['deny: revoked', 'revoked'])
})

test('the posture report says who answers for what, what is unused, and what awaits review', async () => {
  const w = await world()
  const { member, agent, door, ask, owner, put, entitlement } = await organization(w)
  const clean = (await w.raw('GET', '/posture')).json
  const [gone, deputy] = [await member('Gone'), await member('Deputy')]
  const [orphan, fatherless] = [
    await w.agent({ owner: gone.id }),
    await w.agent({ owner: gone.id, deputy: deputy.id, kind: 'employee' }),
  ]
  await w.raw('POST', `/people/${gone.id}/leave`, { body: {} })
  const word = await w.permit(agent, door)
  await put('/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [{ name: 's', approvers: { people: [deputy.id] } }],
  })
  const elevation = (
    await ask({
      kind: 'elevation',
      grants: [{ ...readCustomers[0]!, actions: ['insert'] }],
      audience: [door.did],
    })
  ).json
  await deputy.call('POST', `/requests/${elevation.id}/approve`, { digest: elevation.digest })
  const early = (await w.raw('GET', '/posture')).json
  w.advance(46 * day)
  const later = (await w.raw('GET', '/posture')).json
  await put('/entitlements/customers-for-analysts', {
    ...entitlement,
    grants: [{ ...readCustomers[0]!, actions: ['insert', 'read', 'update'] }],
  })
  w.advance(43 * day)
  const { credential } = (await ask({ grants: readCustomers, audience: [door.did] })).json
  const { token } = await w.keyFor(`agent:${door.id}`, 'verifier')
  const challenge = (await w.raw('POST', '/challenges', { token, body: { audience: door.did } }))
    .json
  const { present } = await import('../../src/sdk/index.ts')
  const decided = await w.raw('POST', '/decisions', {
    token,
    body: {
      presentation: await present(agent, [credential], challenge),
      action: 'read',
      resource: customers,
      purpose: 'monthly-report',
    },
  })
  await expect
    .poll(
      async () => (await owner.call('GET', `/agents/${agent.id}/usage`)).json.items.length,
      soon,
    )
    .toBe(1)
  w.advance(1.5 * day)
  const over = (await w.raw('GET', '/posture')).json

  expect([clean.isClean, clean.agents.active]).toEqual([true, 2])
  expect([early.orphaned.first, early.ownerless.first, early.withoutReason.first]).toEqual([
    [orphan.id],
    [fatherless.id],
    [word.id],
  ])
  expect([early.unreviewedElevations.first, early.stale.count, early.isClean]).toEqual([
    [elevation.id],
    0,
    false,
  ])
  expect([later.stale.first.sort(), later.withoutReason.count]).toEqual([
    [agent.id, door.id].sort(),
    0,
  ])
  expect(decided.json.decision).toBe('allow')
  expect(over.overPrivileged.first).toEqual([agent.id])
})

test('a delegation that a retired agent made without the service’s help is denied too', async () => {
  const w = await world()
  const { door, agent, member } = await organization(w)
  const heir = await w.agent({ owner: (await member('Heir')).id })
  const root = (await w.permit(agent, door, { delegation: { remainingDepth: 1 } })).credential
  const quiet = await delegate(agent, root, { subject: heir.did })
  const before = await askVerifier(door, heir, [root, quiet])

  await w.raw('POST', `/agents/${agent.id}/retire`, { body: {} })

  expect([before, await askVerifier(door, heir, [root, quiet])]).toEqual(['allow', 'deny: revoked'])
})
