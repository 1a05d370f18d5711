import { expect, test } from 'vitest'
import type { RouteKey } from '../../src/http/access.ts'
import { generatePrivateJwk, proveKey, signerFromJwk } from '../../src/sdk/index.ts'
import { organization, refusal, stage } from '../governance/organization.ts'
import { type RawAnswer, readCustomers, type World, world } from '../world.ts'

/** A request to a route: what its path holds, its body, and whose it is. The administrator's by default. */
interface Call {
  readonly path?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly token?: string | null
}
interface Row {
  /** A request that is carried out, on things of its own. */
  readonly good: () => Promise<Call>
  /** One that the operation refuses. */
  readonly refused: () => Promise<Call>
}

const none = '00000000-0000-7000-8000-000000000000'

/** One row for each route that takes an Idempotency-Key. */
async function rowsOf(w: World): Promise<Partial<Record<RouteKey, Row>>> {
  const org = await organization(w)
  const { member, put, owner, door, agent, ask } = org
  const verifier = (await w.keyFor(`agent:${door.id}`, 'verifier')).token
  const [approver, stranger] = [
    await member('Sec', { roles: ['security', 'reviewer'], scopes: ['approver', 'owner'] }),
    await member('Sam', { scopes: ['approver', 'owner'] }),
  ]
  await put('/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [stage('security')],
  })
  const newOwner = await member('Nora', { scopes: ['owner'] })
  const directory = await w.raw('POST', '/systems', { body: { name: 'directory' } })
  const provisioner = (await w.keyFor(`system:${directory.json.id}`, 'provisioner')).token
  const admin = async (method: string, path: string, body: unknown = {}) => {
    const answer = await w.raw(method, path, { body })
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.json)}`)
    return answer.json
  }
  const kept = (more: object = {}) =>
    admin('POST', '/agents', { name: 'kept', owner: owner.id, custody: 'service', ...more })
  const left = async () => {
    const { id } = await w.person('Lea')
    await admin('POST', `/people/${id}/leave`)
    return id
  }
  const suspended = async () => {
    const { id } = await kept()
    await admin('POST', `/agents/${id}/suspend`)
    return id
  }
  const offered = async (token: string): Promise<Call> => {
    const { id } = await kept()
    const { json } = await owner.call('POST', `/agents/${id}/hand-over`, { owner: newOwner.id })
    return { path: { id }, body: { offer: json.handOver.id }, token }
  }
  /** By a directory: its owner confirms it. */
  const registered = async () => {
    const body = { name: 'kept', owner: owner.id, custody: 'service' }
    return (await w.raw('POST', '/agents', { token: provisioner, body })).json.id as string
  }
  const permission = async (grants: unknown = readCustomers, more: object = {}) => ({
    task: (await w.task(door)).id,
    audience: [door.did],
    grants,
    ...more,
  })
  const metered = [
    {
      ...readCustomers[0]!,
      constraints: [{ type: 'uses', max: 5, authority: 'https://iam.example.com/meters' }],
    },
  ]
  const reservation = async () => {
    const { credential } = await w.permit(agent, door, { grants: metered as never })
    const body = { audience: door.did, credentials: [credential], grant: 'g1' }
    const { json } = await w.raw('POST', '/meters/reserve', { token: verifier, body })
    if (!json.reservation) throw new Error(JSON.stringify(json))
    return json.reservation.id ?? json.reservation
  }
  const released = async () => {
    const id = await reservation()
    await w.raw('POST', '/meters/release', { token: verifier, body: { reservation: id } })
    return id
  }
  const elevation = { kind: 'elevation', audience: [door.did], lifetimeSeconds: 60 }
  const grants = [{ ...readCustomers[0]!, actions: ['delete'] }]
  const open = async () => (await ask({ ...elevation, grants })).json
  const granted = async () => {
    const { id, digest } = await open()
    await approver.call('POST', `/requests/${id}/approve`, { digest })
    return id
  }
  let names = 0
  const segment = async () => {
    const name = `segment-${++names}`
    await put(`/segments/${name}`, { owners: [owner.id, approver.id] })
    return name
  }
  const closed = async () => {
    const name = await segment()
    await admin('POST', `/segments/${name}/close`, { reason: 'x' })
    return name
  }
  const rotation = async (didMethod: 'web' | 'key'): Promise<Call> => {
    const issuer = `issuer-${++names}`
    await admin('POST', '/issuers', { name: issuer, didMethod })
    return { path: { issuer }, body: {} }
  }
  const part = async () => {
    const reviewers = { roles: ['reviewer'] }
    const { id } = await admin('POST', '/reviews', { name: 'quarter', reviewers })
    const { json } = await approver.call('GET', `/reviews/${id}/items`)
    if (json.items.length !== 1) throw new Error('the last part is meant')
    return { id, item: json.items[0].id as string }
  }
  const lent = async () => {
    const made = await kept()
    const { token } = await w.keyFor(`agent:${made.id}`, 'verifier')
    const body = await permission(readCustomers, { delegation: { remainingDepth: 1 } })
    const { id, credential } = await admin('POST', `/agents/${made.id}/credentials`, body)
    return { id: made.id as string, token, credential, credentialId: id as string }
  }
  const pending = async () => {
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const made = await admin('POST', '/agents', { name: 'own', owner: owner.id })
    return { id: made.id as string, proof: await proveKey(made.id, made.keyChallenge, signer) }
  }
  const onAgent = (id: string, body: unknown = {}, token?: string | null): Call => ({
    path: { id },
    body,
    ...(token === undefined ? {} : { token }),
  })
  const credential = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a' },
  }
  const inDays = { delegate: stranger.id, until: new Date(Date.now() + 86_400_000).toISOString() }

  return {
    'POST /people': {
      good: async () => ({ body: { name: 'Ada' } }),
      refused: async () => ({ body: { name: 'Ada', identityOf: none } }),
    },
    'PATCH /people/:id': {
      good: async () => onAgent((await w.person()).id, { name: 'Ada' }),
      refused: async () => {
        const { id } = await w.person()
        return onAgent(id, { identityOf: id })
      },
    },
    'POST /people/:id/leave': {
      good: async () => onAgent((await w.person()).id),
      refused: async () => onAgent(await left()),
    },
    'POST /people/:id/erase': {
      good: async () => onAgent(await left()),
      refused: async () => onAgent((await w.person()).id),
    },
    'POST /people/:id/delegate': {
      good: async () => onAgent((await w.person()).id, inDays),
      refused: async () => onAgent(stranger.id, inDays),
    },
    'POST /systems': {
      good: async () => ({ body: { name: 'gateway' } }),
      refused: async () => ({ body: { name: 'gateway' }, token: owner.token }),
    },
    'POST /agents': {
      good: async () => ({ body: { name: 'x', owner: owner.id } }),
      refused: async () => ({ body: { name: 'x', owner: stranger.id }, token: owner.token }),
    },
    'POST /agents/:id/activate': {
      good: async () => {
        const { id, proof } = await pending()
        return onAgent(id, proof, null)
      },
      refused: async () => {
        const [one, other] = [await pending(), await pending()]
        return onAgent(one.id, other.proof, null)
      },
    },
    'POST /agents/:id/rotate-key': {
      good: async () => onAgent((await kept({ didMethod: 'web' })).id),
      refused: async () => onAgent((await kept()).id),
    },
    'POST /agents/:id/suspend': {
      good: async () => onAgent((await kept()).id),
      refused: async () => onAgent(await suspended()),
    },
    'POST /agents/:id/resume': {
      good: async () => onAgent(await suspended()),
      refused: async () => onAgent((await kept()).id),
    },
    'POST /agents/:id/retire': {
      good: async () => onAgent((await kept()).id),
      refused: async () => {
        const { id } = await kept()
        await admin('POST', `/agents/${id}/retire`)
        return onAgent(id)
      },
    },
    'PUT /agents/:id/roles': {
      good: async () => onAgent((await kept()).id, { roles: ['helper'] }),
      refused: async () => onAgent((await kept()).id, { roles: ['helper'] }, owner.token),
    },
    'POST /agents/:id/hand-over': {
      good: async () => onAgent((await kept()).id, { owner: owner.id }),
      refused: async () => onAgent((await kept()).id, { owner: await left() }),
    },
    'POST /agents/:id/hand-over/accept': {
      good: async () => offered(newOwner.token),
      refused: async () => offered(stranger.token),
    },
    'POST /agents/:id/hand-over/decline': {
      good: async () => offered(newOwner.token),
      refused: async () => offered(owner.token),
    },
    'POST /agents/:id/hand-over/withdraw': {
      good: async () => offered(owner.token),
      refused: async () => offered(newOwner.token),
    },
    'POST /agents/:id/confirm': {
      good: async () => onAgent(await registered(), {}, owner.token),
      refused: async () => onAgent((await kept()).id, {}, owner.token),
    },
    'POST /agents/:id/credentials': {
      good: async () => onAgent(agent.id, await permission()),
      refused: async () => onAgent(await suspended(), await permission()),
    },
    'POST /agents/:id/presentations': {
      good: async () => {
        const { id, credentialId } = await lent()
        return onAgent(id, { credentials: [credentialId], challenge: 'c', domain: door.did })
      },
      refused: async () =>
        onAgent(agent.id, { credentials: [none], challenge: 'c', domain: door.did }),
    },
    'POST /api-keys': {
      good: async () => ({
        body: { name: 'k', holder: { kind: 'person', id: owner.id }, scopes: ['owner'] },
      }),
      refused: async () => ({
        body: { name: 'k', holder: { kind: 'person', id: none }, scopes: ['owner'] },
      }),
    },
    'POST /api-keys/:id/rotate': {
      good: async () => onAgent((await w.keyFor(`person:${owner.id}`, 'owner')).id),
      refused: async () => {
        const { id } = await w.keyFor(`person:${owner.id}`, 'owner')
        await admin('POST', `/api-keys/${id}/revoke`)
        return onAgent(id)
      },
    },
    'POST /delegations': {
      good: async () => {
        const { token, credential } = await lent()
        return { token, body: { chain: [credential], subject: agent.did } }
      },
      refused: async () => {
        const { credential } = await lent()
        const { token } = await lent()
        return { token, body: { chain: [credential], subject: agent.did } }
      },
    },
    'POST /issuers': {
      good: async () => ({ body: { name: `issuer-${++names}` } }),
      refused: async () => ({ body: { name: 'main' } }),
    },
    'POST /issuers/:issuer/rotate': {
      good: async () => rotation('web'),
      refused: async () => rotation('key'),
    },
    'POST /issuers/:issuer/credentials/issue': {
      good: async () => ({ path: { issuer: 'main' }, body: { credential } }),
      refused: async () => ({
        path: { issuer: 'main' },
        body: { credential: { ...credential, issuer: 'did:example:other' } },
      }),
    },
    'POST /trusted-issuers': {
      good: async () => ({ body: { did: 'did:example:a', credentialType: `T${++names}` } }),
      refused: async () => {
        const body = { did: 'did:example:a', credentialType: `T${++names}` }
        await admin('POST', '/trusted-issuers', body)
        return { body }
      },
    },
    'POST /meters/reserve': {
      good: async () => {
        const { credential } = await w.permit(agent, door, { grants: metered as never })
        const body = { audience: door.did, credentials: [credential], grant: 'g1' }
        return { token: verifier, body }
      },
      refused: async () => {
        const { credential } = await w.permit(agent, door, { grants: metered as never })
        const body = { audience: agent.did, credentials: [credential], grant: 'g1' }
        return { token: verifier, body }
      },
    },
    'POST /meters/commit': {
      good: async () => ({ token: verifier, body: { reservation: await reservation() } }),
      refused: async () => ({ token: verifier, body: { reservation: await released() } }),
    },
    'POST /meters/release': {
      good: async () => ({ token: verifier, body: { reservation: await reservation() } }),
      refused: async () => ({ token: verifier, body: { reservation: none } }),
    },
    'POST /overlays': {
      good: async () => ({
        body: { scope: { kind: 'agent', value: 'did:example:a' }, grants: [], reason: 'x' },
      }),
      refused: async () => ({
        token: verifier,
        body: { scope: { kind: 'agent', value: 'did:example:a' }, grants: [], reason: 'x' },
      }),
    },
    'POST /tasks': {
      good: async () => ({ body: { purpose: 'report' } }),
      refused: async () => ({ body: { purpose: 'report', issuer: 'nobody' } }),
    },
    'POST /tasks/:id/end': {
      good: async () => onAgent((await w.task(door)).id),
      refused: async () => {
        const { id } = await w.task(door)
        const { token } = await lent()
        return onAgent(id, {}, token)
      },
    },
    'POST /segments/:name/close': {
      good: async () => ({ path: { name: await segment() }, body: { reason: 'x' } }),
      refused: async () => ({
        path: { name: 'default' },
        body: { reason: 'x' },
        token: stranger.token,
      }),
    },
    'POST /segments/:name/reopen': {
      good: async () => ({ path: { name: await closed() }, body: {}, token: owner.token }),
      refused: async () => {
        const name = await closed()
        await owner.call('POST', `/segments/${name}/reopen`, {})
        return { path: { name }, body: {}, token: owner.token }
      },
    },
    'POST /requests': {
      good: async () => ({
        token: owner.token,
        body: { agent: agent.id, task: (await w.task(door)).id, reason: 'x' },
      }),
      refused: async () => ({
        token: owner.token,
        body: { agent: agent.id, task: (await w.task(door)).id, reason: 'x', kind: 'break-glass' },
      }),
    },
    'PUT /requests/:id': {
      good: async () =>
        onAgent((await open()).id, { reason: 'y', audience: [door.did], grants }, owner.token),
      refused: async () => {
        const { id } = await open()
        await owner.call('POST', `/requests/${id}/withdraw`, {})
        return onAgent(id, { reason: 'y', audience: [door.did], grants }, owner.token)
      },
    },
    'POST /requests/:id/approve': {
      good: async () => {
        const { id, digest } = await open()
        return onAgent(id, { digest }, approver.token)
      },
      refused: async () => {
        const { id, digest } = await open()
        return onAgent(id, { digest }, owner.token)
      },
    },
    'POST /requests/:id/refuse': {
      good: async () => {
        const { id, digest } = await open()
        return onAgent(id, { digest, comment: 'no' }, approver.token)
      },
      refused: async () => {
        const { id, digest } = await open()
        return onAgent(id, { digest, comment: 'no' }, stranger.token)
      },
    },
    'POST /requests/:id/withdraw': {
      good: async () => onAgent((await open()).id, {}, owner.token),
      refused: async () => onAgent((await open()).id, {}, approver.token),
    },
    'POST /requests/:id/review': {
      good: async () => onAgent(await granted(), { finding: 'justified' }, stranger.token),
      refused: async () => onAgent(await granted(), { finding: 'justified' }, owner.token),
    },
    'POST /reviews': {
      good: async () => ({ body: { name: 'quarter', reviewers: { roles: ['reviewer'] } } }),
      refused: async () => ({ body: { name: 'quarter', reviewers: {} } }),
    },
    'POST /reviews/:id/items/:item': {
      good: async () => ({
        path: await part(),
        body: { outcome: 'certify' },
        token: approver.token,
      }),
      refused: async () => ({
        path: await part(),
        body: { outcome: 'certify' },
        token: stranger.token,
      }),
    },
  }
}

test('I11 every route gives the same answer with an Idempotency-Key and without, for a good request and a refused one', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: 'https://iam.example.com' })
  const rows = await rowsOf(w)
  let keys = 0
  const call = (route: string, { path = {}, body, token }: Call, key?: string) => {
    const [method, pattern] = route.split(' ') as [string, string]
    const filled = pattern.replaceAll(/:(\w+)/g, (_, name: string) => path[name]!)
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    return w.raw(method, filled, { body, headers, ...(token === undefined ? {} : { token }) })
  }
  const seen = (answer: RawAnswer) => [
    ...refusal(answer),
    answer.json.detail?.replaceAll(/[0-9a-f-]{36}/g, ''),
    answer.headers.get('idempotency-replayed'),
  ]
  const differing: unknown[] = []

  for (const [route, { good, refused }] of Object.entries(rows)) {
    const [done, doneKeyed] = [await good(), await good()]
    const key = `key ${++keys}`.replace(' ', '-')
    const plain = await call(route, done)
    const keyed = await call(route, doneKeyed, key)
    const repeated = await call(route, doneKeyed, key)
    if (plain.status >= 300 || String(seen(plain)) !== String(seen(keyed)))
      differing.push([route, seen(plain), seen(keyed)])
    if (repeated.status !== keyed.status || !repeated.headers.get('idempotency-replayed'))
      differing.push([route, 'repeated', seen(repeated)])
    const [not, notKeyed] = [await refused(), await refused()]
    const no = await call(route, not)
    const noKeyed = await call(route, notKeyed, `${key}-no`)
    const noAgain = await call(route, notKeyed, `${key}-no`)
    if (no.status < 400 || no.status >= 500 || String(seen(no)) !== String(seen(noKeyed)))
      differing.push([route, seen(no), seen(noKeyed)])
    if (String(seen(noKeyed)) !== String(seen(noAgain)))
      differing.push([route, 'refused again', seen(noKeyed), seen(noAgain)])
  }

  expect(differing).toEqual([])
  const { paths } = (await w.raw('GET', '/openapi.json')).json
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { parameters?: { name?: string }[] }>).flatMap(
      ([method, { parameters = [] }]) =>
        JSON.stringify(parameters).includes('dempotency')
          ? [`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`]
          : [],
    ),
  )
  expect(Object.keys(rows).sort()).toEqual(described.sort())
})

test('I11 anonymous callers do not share Idempotency-Keys: the “1” of one is unknown to another', async () => {
  const w = await world()
  const { id: owner } = await w.person()
  const activate = async () => {
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const { json } = await w.raw('POST', '/agents', { body: { name: 'own', owner } })
    const body = await proveKey(json.id, json.keyChallenge, signer)
    return () =>
      w.raw('POST', `/agents/${json.id}/activate`, {
        token: null,
        headers: { 'idempotency-key': '1' },
        body,
      })
  }
  const [one, other] = [await activate(), await activate()]

  const answers = [await one(), await other(), await other()]

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(answers[2]!.headers.get('idempotency-replayed')).toBe('true')
  expect(answers[0]!.json.id).not.toBe(answers[1]!.json.id)
})
