import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { delegate, present } from '../../src/sdk/index.ts'
import {
  customers,
  readCustomers,
  readingCustomers,
  type World,
  type WorldAgent,
  world,
} from '../world.ts'

async function setUp(w: World) {
  const [x, host] = [await w.agent(), await w.agent()]
  const { token } = await w.keyFor(`agent:${host.id}`, 'verifier')
  const task = await w.task(host)
  const { id, credential } = await w.permit(x, host, { task: task.id })
  const post = async (path: string, body: object, bearer = token, headers = {}) =>
    w.raw('POST', path, { token: bearer, body, headers })
  const presentationOf = async (holder: WorldAgent, credentials: JsonObject[]) => {
    const { json } = await post('/challenges', { audience: host.did })
    return present(holder, credentials, json)
  }
  const open = async (holder = x, credentials = [credential], more = {}) =>
    (await post('/sessions', { presentation: await presentationOf(holder, credentials), ...more }))
      .json
  const decide = async (session: string, request: object = {}, bearer?: string) => {
    const body = { ...readingCustomers, ...request }
    const { json } = await post(`/sessions/${session}/decisions`, body, bearer)
    return json.reason ?? json.decision
  }
  return { x, host, token, task, id, credential, post, presentationOf, open, decide }
}

test('a session is opened once with a presentation, and decides for whoever opened it', async () => {
  const w = await world()
  const { x, host, credential, post, presentationOf, decide } = await setUp(w)
  const stranger = await w.keyFor(`agent:${(await w.agent()).id}`, 'verifier')
  const presentation = await presentationOf(x, [credential])

  const opened = await post('/sessions', { presentation })
  const replayed = await post('/sessions', { presentation })
  const { session } = opened.json

  expect(opened.json).toMatchObject({ opened: true, holder: x.did, audience: host.did })
  expect(replayed.json).toMatchObject({ opened: false, because: { reason: 'challenge_used' } })
  expect([
    await decide(session),
    await decide(session),
    await decide(session, { action: 'delete' }),
    await decide(session, { resource: 'db://hr/x/y' }),
    await decide(session, {}, stranger.token),
    await decide('00000000-0000-4000-8000-000000000000'),
  ]).toEqual([
    'allow',
    'allow',
    'action_not_granted',
    'resource_not_granted',
    'session_ended',
    'session_ended',
  ])
})

test('H14 a session ends with its credential, and does not come back with it', async () => {
  const w = await world()
  const { id, open, decide } = await setUp(w)
  const { session } = await open()
  const before = await decide(session)

  await w.raw('POST', `/credentials/${id}/suspend`, { body: {} })
  w.advance(2_000)
  const suspended = await decide(session)
  await w.raw('POST', `/credentials/${id}/resume`, { body: {} })
  w.advance(2_000)

  expect([before, suspended, await decide(session)]).toEqual([
    'allow',
    'suspended',
    'session_ended',
  ])
})

test('a session ends with its task, its time or its chain, or by hand', async () => {
  const w = await world()
  const { x, host, task, open, decide, post } = await setUp(w)
  const y = await w.agent()
  const delegation = { remainingDepth: 1 }
  const { id: rootId, credential: root } = await w.permit(x, host, { delegation })
  const toY = await delegate(x, root, { subject: y.did })
  const [ofTask, ofHand, ofChain, ofTime] = [
    (await open()).session,
    (await open(x, [root])).session,
    (await open(y, [root, toY])).session,
    (await open(x, [root], { lifetimeSeconds: 60 })).session,
  ]
  const all = async () => [
    await decide(ofTask),
    await decide(ofHand),
    await decide(ofChain),
    await decide(ofTime),
  ]
  const before = await all()

  await w.raw('POST', `/tasks/${task.id}/end`, { body: {} })
  const ended = await post(`/sessions/${ofHand}/end`, {})
  w.advance(2_000)
  const early = await all()
  w.advance(60_000)
  await w.raw('POST', `/credentials/${rootId}/revoke`, { body: {} })
  w.advance(2_000)

  expect(before).toEqual(Array(4).fill('allow'))
  expect(ended.json.ended).toBe(true)
  expect(early).toEqual(['revoked', 'session_ended', 'allow', 'allow'])
  expect(await all()).toEqual(['session_ended', 'session_ended', 'revoked', 'session_ended'])
})

test('a session outlives neither its credentials nor an hour', async () => {
  const w = await world()
  const { x, host, open } = await setUp(w)
  const { credential: short } = await w.permit(x, host, { lifetimeSeconds: 30 })

  const { expiresAt } = await open(x, [short], { lifetimeSeconds: 3600 })

  expect(expiresAt).toBe((short as any).validUntil)
})

test('limits count in a session as well', async () => {
  const w = await world()
  const { x, host, open, decide } = await setUp(w)
  const constraints = [{ type: 'uses', max: 3, authority: `${w.url}/meters` }]
  const grants = [{ ...readCustomers[0]!, constraints }]
  const { credential } = await w.permit(x, host, { grants })
  const { session } = await open(x, [credential])

  const answers = await Promise.all(Array.from({ length: 9 }, () => decide(session)))

  expect(answers.toSorted()).toEqual([...Array(3).fill('allow'), ...Array(6).fill('limit_reached')])
})

const subject = (agent: WorldAgent, properties: object) => ({
  type: 'agent',
  id: agent.did,
  properties,
})
const resource = { type: 'database', id: customers }
const context = { purpose: 'monthly-report' }

test('AuthZEN: an evaluation decides on a presentation or a session, and explains itself', async () => {
  const w = await world()
  const { x, host, credential, post, presentationOf, open } = await setUp(w)
  const evaluate = async (body: object, headers = {}) =>
    post('/access/v1/evaluation', { resource, context, ...body }, undefined, headers)
  const reading = { action: { name: 'read' } }
  const { session } = await open()
  const presentation = await presentationOf(x, [credential])

  const once = await evaluate(
    { subject: subject(x, { presentation }), ...reading },
    {
      'x-request-id': 'mine-1',
    },
  )
  const twice = await evaluate({ subject: subject(x, { presentation }), ...reading })
  const inSession = await evaluate({ subject: subject(x, { session }), ...reading })
  const forAnother = await evaluate({ subject: subject(host, { session }), ...reading })
  const another = { presentation: await presentationOf(x, [credential]) }
  const presentedForAnother = await evaluate({ subject: subject(host, another), ...reading })
  const other = await evaluate({ subject: subject(x, { session }), action: { name: 'delete' } })
  const bad = [
    await evaluate({ subject: subject(x, {}), ...reading }),
    await evaluate({ subject: subject(x, { session }) }),
    await evaluate({ ...reading }),
  ]

  expect(
    [once, twice, inSession, forAnother, presentedForAnother, other].map(({ json }) => [
      json.decision,
      json.context.reason,
    ]),
  ).toEqual([
    [true, undefined],
    [false, 'challenge_used'],
    [true, undefined],
    [false, 'holder_binding'],
    [false, 'holder_binding'],
    [false, 'action_not_granted'],
  ])
  expect(once.headers.get('x-request-id')).toBe('mine-1')
  expect(bad.map(({ status }) => status)).toEqual([400, 400, 400])
})

test('AuthZEN: evaluations share defaults, and stop where the semantic says', async () => {
  const w = await world()
  const { x, credential, post, presentationOf } = await setUp(w)
  const evaluate = async (semantic: string | undefined, actions: readonly string[]) => {
    const presentation = await presentationOf(x, [credential])
    const { json } = await post('/access/v1/evaluations', {
      subject: subject(x, { presentation }),
      resource,
      context,
      evaluations: actions.map((name) => ({ action: { name } })),
      ...(semantic ? { options: { evaluations_semantic: semantic } } : {}),
    })
    return json.evaluations.map(({ decision }: any) => decision)
  }
  const single = await post('/access/v1/evaluations', {
    subject: subject(x, { presentation: await presentationOf(x, [credential]) }),
    action: { name: 'read' },
    resource,
    context,
  })

  expect(await evaluate(undefined, ['read', 'delete', 'read'])).toEqual([true, false, true])
  expect(await evaluate('deny_on_first_deny', ['read', 'delete', 'read'])).toEqual([true, false])
  expect(await evaluate('permit_on_first_permit', ['delete', 'read', 'read'])).toEqual([
    false,
    true,
  ])
  expect(single.json.decision).toBe(true)
})

test('AuthZEN: an evaluation with both a presentation and a session is malformed, in a batch as well', async () => {
  const w = await world()
  const { x, credential, post, presentationOf, open } = await setUp(w)
  const { session } = await open()
  const both = { presentation: await presentationOf(x, [credential]), session }
  const one = { subject: subject(x, both), action: { name: 'read' }, resource, context }

  const answers = [
    await post('/access/v1/evaluation', one),
    await post('/access/v1/evaluations', { ...one, evaluations: [{}] }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([400, 400])
})

test('AuthZEN: the metadata names the endpoints', async () => {
  const w = await world()

  const { json } = await w.raw('GET', '/.well-known/authzen-configuration', { token: null })

  expect(json).toEqual({
    policy_decision_point: w.url,
    access_evaluation_endpoint: `${w.url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${w.url}/access/v1/evaluations`,
  })
})
