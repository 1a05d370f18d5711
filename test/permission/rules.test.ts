import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { didWeb } from '../../src/did/methods/web.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { canonicalize } from '../../src/foundation/canonical.ts'
import type { Id } from '../../src/foundation/id.ts'
import type { JsonArray, JsonObject } from '../../src/foundation/json.ts'
import { makeMemory } from '../../src/foundation/memory.ts'
import { isRefusal, refuse } from '../../src/foundation/refusal.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { applyRules } from '../../src/operations/deciding/apply-rules.ts'
import { assessAuthority } from '../../src/operations/deciding/assess-authority.ts'
import { makeStandaloneNeeds } from '../../src/operations/deciding/standalone-needs.ts'
import { acceptPresented } from '../../src/operations/verifying/accept-presented.ts'
import {
  areAuthentic,
  authenticateAll,
} from '../../src/operations/verifying/authenticate-presented.ts'
import type { Chain } from '../../src/permission/chain.ts'
import { noLocalRules } from '../../src/permission/no-local-rules.ts'
import { isTakenAway, readOverlay } from '../../src/permission/overlay.ts'
import { delegate, present, read } from '../../src/sdk/index.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { now, party, secure } from '../parties.ts'
import { ask, customers, readCustomers, type World, world } from '../world.ts'

const put = (w: World, name: string, policy: string) =>
  w.raw('PUT', `/policies/${name}`, { body: { policy } })
const permitAll = 'permit(principal, action, resource);'

async function setUp(w: World) {
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = await w.task(ledger)
  const grants = [{ ...readCustomers[0]!, actions: ['read', 'update'] }] as JsonArray
  const { credential } = await w.permit(x, ledger, { task: task.id, grants })
  return { x, ledger, task, credential, grants }
}

test('an overlay narrows an agent, a task, a segment or an issuer at once, until it ends', async () => {
  const w = await world()
  const { x, ledger, task, credential } = await setUp(w)
  const [other, elsewhere] = [await w.agent(), await w.agent()]
  const { credential: others } = await w.permit(other, ledger)
  const issuer = credential.issuer as string
  const scopes = [
    { kind: 'agent', value: x.did },
    { kind: 'task', value: `urn:uuid:${task.id}` },
    { kind: 'segment', value: 'default' },
    { kind: 'issuer', value: issuer },
    { kind: 'agent', value: elsewhere.did },
  ]

  const answers: (readonly string[])[] = []
  for (const scope of scopes) {
    const { json: overlay } = await w.raw('POST', '/overlays', { body: { scope, reason: 'test' } })
    const during = [await ask(ledger, x, [credential]), await ask(ledger, other, [others])]
    await w.raw('POST', `/overlays/${overlay.id}/end`, { body: {} })
    answers.push([...during, await ask(ledger, x, [credential])])
  }

  expect(answers).toEqual([
    ['deny: overlay', 'allow', 'allow'],
    ['deny: overlay', 'allow', 'allow'],
    ['deny: overlay', 'deny: overlay', 'allow'],
    ['deny: overlay', 'deny: overlay', 'allow'],
    ['allow', 'allow', 'allow'],
  ])
})

test('an ended overlay withholds nothing, even where it is still cached', () => {
  const overlay = readOverlay({
    id: '00000000-0000-4000-8000-000000000000' as Id,
    scope: { kind: 'agent', value: 'did:key:zA' },
    audience: null,
    grants: [],
    reason: 'test',
    createdBy: 'service',
    createdAt: 0,
    endsAt: 1_000,
    endedAt: null,
  })
  const chain = { subjects: ['did:key:zA'] } as unknown as Chain
  const at = (now: number, change: object = {}) =>
    isTakenAway(
      { ...overlay, ...change },
      { ...chain, permission: { task: {} } } as Chain,
      [],
      'did:key:zHost',
      {
        invocation: { action: 'read', resource: customers, purpose: 'p' },
        observed: {},
        now,
      },
    )

  expect([at(999), at(1_000), at(999, { endedAt: 500 })]).toEqual([true, false, false])
})

test('an overlay leaves what its grants cover, grants nothing itself, and ends by time', async () => {
  const w = await world()
  const { x, ledger: host, credential } = await setUp(w)
  const ledger = { ...host, client: (await w.keyFor(`agent:${host.id}`, 'verifier')).client }
  await w.raw('POST', '/overlays', {
    body: {
      scope: { kind: 'agent', value: x.did },
      grants: [{ ...readCustomers[0]!, actions: ['read', 'delete'] }],
      reason: 'only reading, for an hour',
      lifetimeSeconds: 3,
    },
  })

  const during = [
    await ask(ledger, x, [credential]),
    await ask(ledger, x, [credential], { action: 'update' }),
    await ask(ledger, x, [credential], { action: 'delete' }),
  ]
  w.advance(3_000)

  expect([...during, await ask(ledger, x, [credential], { action: 'update' })]).toEqual([
    'allow',
    'deny: overlay',
    'deny: action_not_granted',
    'allow',
  ])
})

test('an overlay on an agent also applies to what the agent has delegated', async () => {
  const w = await world()
  const [x, y, ledger] = await Promise.all([w.agent(), w.agent(), w.agent()])
  const delegation = { remainingDepth: 1 }
  const { credential: root } = await w.permit(x, ledger, { delegation })
  const toY = await delegate(x, root, { subject: y.did })
  const before = await ask(ledger, y, [root, toY])

  await w.raw('POST', '/overlays', {
    body: { scope: { kind: 'agent', value: x.did }, reason: 'suspected' },
  })

  expect([before, await ask(ledger, y, [root, toY])]).toEqual(['allow', 'deny: overlay'])
})

test('a host narrows only what is asked of itself', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  const other = await w.agent()
  const { credential: toOther } = await w.permit(x, other)
  const overlay = { scope: { kind: 'agent', value: x.did }, reason: 'too many requests' }
  const post = (body: object) => ledger.client.overlays.$post({ json: body as never })

  const statuses = [
    (await post(overlay)).status,
    (await post({ ...overlay, audience: other.did })).status,
    (await post({ ...overlay, audience: ledger.did })).status,
  ]

  const { json: made } = await w.raw('POST', '/overlays', {
    body: { ...overlay, lifetimeSeconds: 1 },
  })
  const endedByHost = await ledger.client.overlays[':id'].end.$post({
    param: { id: made.id },
    json: {},
  })
  await w.raw('POST', `/overlays/${made.id}/end`, { body: {} })
  const malformed = await post({ ...overlay, audience: ledger.did, grants: [{ id: 'g' }] })

  expect(statuses).toEqual([403, 403, 201])
  expect([endedByHost.status, malformed.status]).toEqual([404, 422])
  expect([await ask(ledger, x, [credential]), await ask(other, x, [toOther])]).toEqual([
    'deny: overlay',
    'allow',
  ])
})

test('a host has at most 16 overlays in force, of 16,384 characters of grants each', async () => {
  const w = await world()
  const { x, ledger } = await setUp(w)
  const scope = { kind: 'agent', value: x.did }
  const post = async (body: object = {}) => {
    const json = { scope, audience: ledger.did, reason: 'too many', ...body } as never
    const { status } = await ledger.client.overlays.$post({ json })
    return status
  }
  const grants = [{ ...readCustomers[0]!, locations: [`db://crm/${'x'.repeat(16_384)}`] }]

  const tooLarge = await post({ grants })
  const made = []
  for (let i = 0; i < 16; i++) made.push(await post())
  const parallel = await Promise.all([post(), post()])
  const byAdministrator = await w.raw('POST', '/overlays', { body: { scope, reason: 'ours' } })

  expect({ tooLarge, made, parallel, byAdministrator: byAdministrator.status }).toEqual({
    tooLarge: 422,
    made: Array(16).fill(201),
    parallel: [409, 409],
    byAdministrator: 201,
  })
})

test('an overlay names what exists here as credentials name it, or is refused', async () => {
  const w = await world()
  const { x, ledger } = await setUp(w)
  const { json: task } = await w.raw('POST', '/tasks', { body: { purpose: 'monthly-report' } })
  const { credential } = await w.permit(x, ledger, { task: task.id })
  const ownDid = didWeb(w.service.publicUrl)
  const post = async (kind: string, value: string) => {
    const { status, json } = await w.raw('POST', '/overlays', {
      body: { scope: { kind, value }, reason: 'stop' },
    })
    return [status, json.scope?.value]
  }

  const before = await ask(ledger, x, [credential])
  const byId = await post('task', task.id)

  expect([before, byId, await ask(ledger, x, [credential])]).toEqual([
    'allow',
    [201, `urn:uuid:${task.id}`],
    'deny: overlay',
  ])
  expect([
    await post('task', crypto.randomUUID()),
    await post('task', 'report'),
    await post('agent', x.id),
    await post('agent', `${ownDid}:agents:unknown`),
    await post('issuer', 'main'),
    await post('segment', 'Finance!'),
    await post('task', 'https://tasks.acme.example/7'),
    await post('issuer', 'did:web:issuer.acme.example'),
    await post('segment', 'finance'),
  ]).toEqual([
    ...Array(6).fill([422, undefined]),
    [201, 'https://tasks.acme.example/7'],
    [201, 'did:web:issuer.acme.example'],
    [201, 'finance'],
  ])
})

test('H08 with a policy in force a request must be permitted, and any forbid wins', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  const read = () => ask(ledger, x, [credential])
  const before = await read()

  await put(w, 'updates', 'permit(principal, action == Action::"update", resource);')
  const unmentioned = await read()
  await put(w, 'base', permitAll)
  const permitted = await read()
  await put(
    w,
    'customers',
    `@id("no-customers") forbid(principal, action, resource == Resource::"${customers}") when { context.purpose == "monthly-report" };`,
  )
  const forbidden = await read()
  await w.raw('DELETE', '/policies/customers')
  const withdrawn = await read()

  expect([before, unmentioned, permitted, forbidden, withdrawn]).toEqual([
    'allow',
    'deny: policy_no_permit',
    'allow',
    'deny: policy_forbids',
    'allow',
  ])
})

test('policies see the agent, its chain and what was observed', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  await put(w, 'base', permitAll)
  const { json: agent } = await w.raw('GET', `/agents/${x.id}`)
  const outcome = async (condition: string, request: object = {}) => {
    const { status, json } = await put(
      w,
      'trial',
      `forbid(principal, action, resource) when { ${condition} };`,
    )
    return status === 200 ? ask(ledger, x, [credential], request) : json.detail
  }

  const answers = [
    await outcome(`principal has owner && principal.owner == "${agent.owner}"`),
    await outcome('principal has riskTier && principal.riskTier == "high"'),
    await outcome(`context.chain.contains("${x.did}")`),
    await outcome('context has risk && context.risk > 50', { observed: { risk: 51 } }),
    await outcome('context has risk && context.risk > 50', { observed: { risk: 50 } }),
    await outcome('!(context has risk)'),
    await outcome('context has sourceIp && context.sourceIp.isInRange(ip("10.0.0.0/8"))', {
      observed: { sourceIp: '10.1.2.3' },
    }),
    await outcome('context.datatypes.contains("x")', { datatypes: ['x'] }),
    await outcome('[context].contains(context)'),
  ]

  expect(answers.map((answer) => answer === 'deny: policy_forbids')).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
    true,
    true,
    true,
  ])
})

test('H09 a policy that fails to evaluate denies', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  await put(w, 'base', permitAll)
  await put(
    w,
    'overflow',
    'forbid(principal, action, resource) when { context has risk && context.risk * 9223372036854775807 > 5 };',
  )

  expect([
    await ask(ledger, x, [credential]),
    await ask(ledger, x, [credential], { observed: { risk: 90 } }),
    await ask(ledger, x, [credential], { observed: { sourceIp: 'nonsense' } }),
  ]).toEqual(['allow', 'deny: policy_failed', 'allow'])
})

test('a policy is checked against the schema before it is in force, and its versions are kept', async () => {
  const w = await world()
  const bad = [
    await put(w, 'a', 'permit(principal, action, resource) when { context.nope == 1 };'),
    await put(w, 'a', 'permit(principal, action == Action::"fly", resource);'),
    await put(w, 'a', 'permit('),
    await put(w, 'a', ' '),
    await put(w, 'a', 'permit(principal == ?principal, action, resource);'),
    await put(w, 'A b', permitAll),
    await w.raw('DELETE', '/policies/a'),
  ]
  const good = [await put(w, 'a', permitAll), await put(w, 'a', `// again\n${permitAll}`)]
  await w.raw('DELETE', '/policies/a')
  const { json: listed } = await w.raw('GET', '/policies?name=a')

  expect(bad.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 400, 404])
  expect(bad[0]!.json.detail).toContain('nope')
  expect(good.map(({ status, json }) => [status, json.version])).toEqual([
    [200, 1],
    [200, 2],
  ])
  expect(listed.items.map(({ version, body }: any) => [version, body === null])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ])
})

test('the example of the documentation fits the schema', async () => {
  const w = await world()
  const [, example] = /```cedar\n(.*?)```/s.exec(readFileSync('docs/policies.md', 'utf8'))!

  expect((await put(w, 'example', example!)).status).toBe(200)
})

test('a trial lists the recorded decisions that a policy would change, and puts nothing in force', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  await ask(ledger, x, [credential])
  await ask(ledger, x, [credential], { action: 'update' })
  await ask(ledger, x, [credential], { action: 'delete' })
  const sequenced = async () => {
    for (;;) {
      const { json } = await w.raw('GET', '/audit?type=decision.made&limit=100')
      if (json.events.length === 3) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await sequenced()
  const attempt = (policy: string | null) =>
    w.raw('POST', '/policies/trial', { body: { name: 'trial', policy } })

  const narrow = await attempt('permit(principal, action == Action::"read", resource);')
  const same = await attempt(permitAll)
  const none = await attempt(null)

  expect(narrow.json).toMatchObject({
    asked: 2,
    flips: [{ action: 'update', holder: x.did, before: 'permitted', after: 'unmentioned' }],
  })
  expect([same.json, none.json]).toEqual([
    { asked: 2, flips: [] },
    { asked: 2, flips: [] },
  ])
  expect(await ask(ledger, x, [credential], { action: 'update' })).toBe('allow')
})

test('a trial that would evaluate too much policy text is refused, and says what to do', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  const long = Array.from({ length: 2_600 }, () => permitAll).join('\n')
  await put(w, 'main', long)
  for (let i = 0; i < 400; i++) await ask(ledger, x, [credential])
  await expect
    .poll(async () => (await w.raw('GET', '/audit/checkpoint')).json.checkpoint.split('\n')[1])
    .toSatisfy((size: string) => Number(size) > 400)
  const tried = async (last: number) => {
    const { status, json } = await w.raw('POST', '/policies/trial', {
      body: { name: 'tried', policy: long, last },
    })
    return [status, json.asked ?? json.detail]
  }

  expect([await tried(100), await tried(10_000)]).toEqual([
    [200, 100],
    [
      422,
      'one request may take 100000000 characters of policies that are evaluated: ask for fewer than the last 10000 events',
    ],
  ])
})

test('H22 the trace of a decision ends with the check that decided', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  await put(w, 'base', permitAll)
  await put(w, 'late', 'forbid(principal, action, resource) when { context has region };')
  const requests = [
    {},
    { action: 'delete' },
    { resource: 'db://hr/' },
    { purpose: 'payroll' },
    { observed: { region: 'DE' } },
  ]

  for (const request of requests) {
    const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
    const decision: any = await read(
      ledger.client.decisions.$post({
        json: {
          presentation: await present(x, [credential], challenge),
          action: 'read',
          resource: customers,
          purpose: 'monthly-report',
          ...request,
        },
      }),
    )
    const last = decision.trace.at(-1).outcome
    expect(last).toBe(decision.decision === 'allow' ? 'passed' : decision.reason)
    expect(decision.trace.slice(0, -1).every(({ outcome }: any) => outcome === 'passed')).toBe(true)
  }
})

test('a denial that another permission would prevent names it, and where to request it', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w)
  const decide = async (request: object) => {
    const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
    const presentation = await present(x, [credential], challenge)
    const json = { presentation, action: 'delete', resource: customers, purpose: 'monthly-report' }
    return (await read(ledger.client.decisions.$post({ json: { ...json, ...request } }))) as any
  }

  const curable = await decide({})
  const other = await decide({ resource: 'not a location' })

  expect(curable.remedy).toEqual({
    permission: {
      audience: [ledger.did],
      task: { purpose: 'monthly-report' },
      grants: [{ locations: [customers], actions: ['delete'] }],
    },
    at: `${w.url}/requests`,
  })
  expect([other.reason, other.remedy]).toEqual(['resource_malformed', undefined])
})

test('H17 one decision uses one view of the rules, however many chains it assesses', async () => {
  const [issuer, holder] = [party(), party()]
  const asked: string[] = []
  const needs = {
    ...makeStandaloneNeeds({
      clock: () => now,
      crypto: nodeCrypto,
      compression: nodeCompression,
      fetch: async () => refuse('did_unreachable'),
      allowedOrigins: new Set(),
      trustedIssuers: new Map([[issuer.did, ['TaskPermissionCredential']]]),
      challengeKey: nodeCrypto.randomBytes(32),
      memory: makeMemory(
        monotonicClock(() => 0),
        10_000_000,
      ),
      newestLists: makeNewestLists(Date.now),
    }),
    budget: makeBudget(),
    ownStatus: (entries: readonly { readonly purposes: readonly string[] }[]) =>
      entries.map(({ purposes }) => ({ issuer: issuer.did, purposes, set: [] })),
    rules: {
      ...noLocalRules,
      overlays: () => {
        asked.push('overlays')
        return []
      },
      policies: () => {
        asked.push('policies')
        return undefined
      },
    },
  }
  const audience = 'did:web:ledger.acme.example'
  const document = (id: string): JsonObject => ({
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
    id,
    type: ['VerifiableCredential', 'TaskPermissionCredential'],
    issuer: issuer.did,
    validFrom: '2026-11-22T08:00:00Z',
    validUntil: '2026-11-22T10:00:00Z',
    credentialSubject: {
      id: holder.did,
      permission: {
        version: 1,
        principal: { id: issuer.did },
        audience: [audience],
        task: { id: 'urn:t', purpose: 'monthly-report' },
        grants: readCustomers,
      },
    },
    credentialStatus: {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '1',
      statusListCredential: 'https://iam.acme.example/status/1',
    },
  })
  const credentials = await Promise.all(
    ['urn:1', 'urn:2'].map(async (id) => {
      const json = await secure(document(id), issuer)
      return { json, canonical: canonicalize(json) }
    }),
  )
  const authentic = await authenticateAll(needs, { credentials })
  if (!areAuthentic(authentic)) throw new Error('not authentic')
  const presentation = { holder: holder.did, credentials }
  const accepted = await acceptPresented(needs, presentation, authentic, () => undefined)
  if (isRefusal(accepted)) throw new Error(accepted.detail)
  const invocation = { action: 'read', resource: customers, purpose: 'monthly-report' }

  const { outcome } = await applyRules(
    needs,
    assessAuthority(
      { outcome: { accepted, audience }, trace: [] },
      { invocation, observed: {}, now },
    ),
  )

  expect([isRefusal(outcome), accepted.length, asked]).toEqual([false, 2, ['overlays', 'policies']])
})

test('a policy’s forbid on a resource holds for every spelling of it, and names it in normal form', async () => {
  const w = await world()
  const [x, door] = [await w.agent(), await w.agent()]
  const normal = 'https://crm.acme.example/customers/ada'
  const { credential } = await w.permit(x, door, {
    grants: [
      {
        id: 'g1',
        type: 'http-api',
        locations: ['https://crm.acme.example/customers/'],
        actions: ['get'],
      },
    ],
  })
  const forbid = (resource: string) =>
    put(w, 'one', `${permitAll} forbid(principal, action, resource == Resource::"${resource}");`)
  const get = (resource: string) => ask(door, x, [credential], { action: 'get', resource })

  const refused = [
    await forbid('https://CRM.acme.example:443/customers/%61da'),
    await forbid('db://crm/public/customers/'),
    await put(
      w,
      'one',
      `${permitAll} forbid(principal, action, resource) when { resource == Resource::"ada" };`,
    ),
  ]
  const { status } = await forbid(normal)

  expect(
    refused.map((one) => [one.status, one.json.errors ?? one.json.detail]),
  ).toMatchInlineSnapshot(`
    [
      [
        422,
        "Resource::"https://CRM.acme.example:443/customers/%61da" is never asked for: write it in normal form, https://crm.acme.example/customers/ada",
      ],
      [
        422,
        "Resource::"db://crm/public/customers/" is not a resource of any grant type",
      ],
      [
        422,
        "Resource::"ada" is not a resource of any grant type",
      ],
    ]
  `)
  expect([
    status,
    await get('https://crm.acme.example/customers/grace'),
    await get(normal),
    await get('https://CRM.acme.example:443/customers/%61da'),
    await get('https://crm.acme.example/customers/x/../ada'),
    await get('https://crm.acme.example/customers/ada?fields=all'),
  ]).toEqual([200, 'allow', ...Array(4).fill('deny: policy_forbids')])
})
