import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { access } from '../../src/http/access.ts'
import { makeClient, read } from '../../src/sdk/index.ts'
import { readCustomers, type World, world } from '../world.ts'

const routes = Object.entries(access).map(([key, { roles }]) => {
  const [method, path] = key.split(' ') as [string, string]
  return {
    key,
    method,
    path: path.replaceAll(/:\w+/g, '00000000-0000-7000-8000-000000000000'),
    roles: roles as readonly string[],
  }
})
const guarded = routes.filter(({ roles }) => !roles.includes('anyone'))
const problem = (code: string) => `https://w3id.org/procura/problems#${code}`

test('I01 a route that needs a caller refuses requests without a key, with a bad key, or with a key of another role', async () => {
  const w = await world()
  const person = await w.person('Somebody')
  const expired = await w.keyFor(`person:${person.id}`, 'administrator')
  const tokens: Record<string, { token: string | null; role: string }> = {
    none: { token: null, role: '' },
    unknown: { token: `procura_${'A'.repeat(65)}`, role: '' },
    garbage: { token: 'x', role: '' },
    auditor: { token: (await w.keyFor(`person:${person.id}`, 'auditor')).token, role: 'auditor' },
    verifier: {
      token: (await w.keyFor(`person:${person.id}`, 'verifier')).token,
      role: 'verifier',
    },
    issuer: { token: (await w.keyFor(`person:${person.id}`, 'issuer')).token, role: 'issuer' },
    approver: {
      token: (await w.keyFor(`person:${person.id}`, 'approver')).token,
      role: 'approver',
    },
    provisioner: {
      token: (await w.keyFor(`person:${person.id}`, 'provisioner')).token,
      role: 'provisioner',
    },
    owner: { token: (await w.keyFor(`person:${person.id}`, 'owner')).token, role: 'owner' },
  }
  const wrong: string[] = []
  for (const { key, method, path, roles } of guarded)
    for (const [name, { token, role }] of Object.entries(tokens)) {
      if (roles.includes(role)) continue
      const { status } = await w.raw(method, path, {
        token,
        ...(method === 'GET' ? {} : { body: {} }),
      })
      if (status !== (role ? 403 : 401)) wrong.push(`${key} answers ${name} with ${status}`)
    }
  w.advance(91 * 86_400_000)
  const late = await w.raw('GET', '/people', { token: expired.token })

  expect(wrong).toEqual([])
  expect(late.status).toBe(401)
})

test('every route is in the access table, and every row of the table is a route', async () => {
  const w = await world()
  const { json } = await w.raw('GET', '/openapi.json', { token: null })

  const described = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  )

  expect(described.sort()).toEqual(Object.keys(access).sort())
})

test('I02 what belongs to somebody else is answered as if it did not exist', async () => {
  const w = await world()
  const [ada, bob] = [await w.person('Ada'), await w.person('Bob')]
  const bobKey = await w.keyFor(`person:${bob.id}`, 'owner')
  const [x, ledger] = [await w.agent({ owner: ada.id }), await w.agent({ owner: ada.id })]
  const { id } = await w.permit(x, ledger)
  const nobody = '00000000-0000-7000-8000-000000000000'
  const paths = [
    ['GET', '/agents/:id', x.id],
    ['POST', '/agents/:id/retire', x.id],
    ['POST', '/agents/:id/suspend', x.id],
    ['GET', '/credentials/:id', id],
    ['POST', '/credentials/:id/revoke', id],
    ['GET', '/credentials?agent=:id', x.id],
  ] as const
  const answers = []
  for (const [method, path, own] of paths)
    for (const target of [own, nobody]) {
      const { status, json } = await w.raw(method, path.replace(':id', target), {
        token: bobKey.token,
        ...(method === 'GET' ? {} : { body: {} }),
      })
      answers.push([status, { ...json, instance: '' }])
    }

  for (let i = 0; i < answers.length; i += 2) {
    expect(answers[i]![0]).toBe(404)
    expect(answers[i]).toEqual(answers[i + 1])
  }
  // An agent sees itself, and no other.
  expect((await read(x.client.agents[':id'].$get({ param: { id: x.id } }))).did).toBe(x.did)
  expect((await x.client.agents[':id'].$get({ param: { id: ledger.id } })).status).toBe(404)
})

test('I03 I12 members that are unknown, or would set what is not the caller’s, are refused', async () => {
  const w = await world()
  const ada = await w.person()
  const bodies: readonly [string, object][] = [
    ['/agents', { name: 'x', owner: ada.id, status: 'active' }],
    ['/agents', { name: 'x', owner: ada.id, state: 'active' }],
    ['/agents', { name: 'x', owner: ada.id, did: 'did:key:z6Mk' }],
    ['/agents', { name: 'x', owner: ada.id, tenantId: 'other' }],
    ['/people', { name: 'x', role: 'administrator' }],
    ['/tasks', { purpose: 'x', state: 'completed' }],
    ['/issuers', { name: 'x', issuer: 'did:web:evil.example' }],
    [
      '/api-keys',
      { name: 'x', holder: { kind: 'person', id: ada.id }, scopes: ['administrator'], digest: 'x' },
    ],
  ]
  const before = (await w.raw('GET', '/agents')).json.items.length

  const answers = await Promise.all(
    bodies.map(async ([path, body]) => (await w.raw('POST', path, { body })).status),
  )

  expect(answers).toEqual(bodies.map(() => 400))
  expect((await w.raw('GET', '/agents')).json.items).toHaveLength(before)
})

test('I11 an Idempotency-Key has one effect and one answer; with another body it is a conflict; callers do not share keys', async () => {
  const w = await world()
  const headers = { 'idempotency-key': 'one' }
  const many = await Promise.all(
    Array.from({ length: 20 }, () => w.raw('POST', '/people', { body: { name: 'Once' }, headers })),
  )
  const other = await w.raw('POST', '/people', { body: { name: 'Other' }, headers })
  const elsewhere = await w.raw('POST', '/systems', { body: { name: 'Once' }, headers })
  const ada = await w.person('Ada')
  const second = await w.keyFor(`person:${ada.id}`, 'administrator')
  const isolated = await w.raw('POST', '/people', {
    body: { name: 'Mine' },
    headers,
    token: second.token,
  })
  const people = (await w.raw('GET', '/people?limit=500')).json.items as { name: string }[]

  expect(new Set(many.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1)
  expect(people.filter(({ name }) => name === 'Once')).toHaveLength(1)
  expect([other.status, elsewhere.status, isolated.status]).toEqual([409, 409, 201])
  expect(other.json.type).toBe(problem('idempotency_key_reused'))
})

test('I11 a repeated request for a credential gets the same bytes again; for an API key, not its token', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = await w.task(ledger)
  const body = { task: task.id, audience: [ledger.did], grants: readCustomers }
  const issue = () =>
    w.raw('POST', `/agents/${x.id}/credentials`, { body, headers: { 'idempotency-key': 'c' } })
  const key = () =>
    w.raw('POST', '/api-keys', {
      body: { name: 'k', holder: { kind: 'agent', id: x.id }, scopes: ['verifier'] },
      headers: { 'idempotency-key': 'k' },
    })

  const [first, again] = [await issue(), await issue()]
  const [made, repeated] = [await key(), await key()]

  expect(again.json).toEqual(first.json)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect([typeof made.json.token, repeated.json.token, repeated.json.id]).toEqual([
    'string',
    undefined,
    made.json.id,
  ])
})

test('I13 B37 a body over the limit is refused, with a Content-Length and without', async () => {
  const w = await world()
  const large = JSON.stringify({ name: 'x'.repeat(1_100_000) })
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 12; i++) controller.enqueue(new Uint8Array(100_000).fill(0x20))
      controller.close()
    },
  })
  const headers = { authorization: `Bearer ${w.apiKey}`, 'content-type': 'application/json' }
  const chunked = await fetch(`${w.url}/people`, {
    method: 'POST',
    headers,
    body: stream,
    duplex: 'half',
  } as RequestInit)

  expect((await w.raw('POST', '/people', { body: large })).status).toBe(413)
  expect(chunked.status).toBe(413)
})

test('invalid JSON, another media type, and unknown routes have their own answers', async () => {
  const w = await world()
  const post = (body: string, type = 'application/json') =>
    w.raw('POST', '/people', { body, headers: { 'content-type': type } })

  const answers = [
    await post('{"name":"a","name":"b"}'),
    await post('{'),
    await post('[]'),
    await post('{"name":1}'),
    await post('{"name":"a"}', 'text/plain'),
    await post('{"name":"a"}', 'application/x-www-form-urlencoded'),
    await w.raw('GET', '/nowhere'),
    await w.raw('PUT', '/people', { body: {} }),
    await w.raw('GET', '/agents/%00'),
    await w.raw('GET', '/agents/../../etc/passwd'),
    await w.raw('GET', '/people?limit=0'),
    await w.raw('GET', '/people?limit=9999'),
    await w.raw('GET', '/people?x=1'),
  ]

  expect(answers.map(({ status }) => status)).toEqual([
    400, 400, 400, 400, 415, 415, 404, 404, 404, 404, 400, 400, 400,
  ])
  for (const { json, headers } of answers) {
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(Object.keys(json)).toEqual(['type', 'title', 'status', 'detail', 'instance'])
    expect(JSON.stringify(json)).not.toMatch(/at .*\.ts|SELECT|node_modules/)
  }
})

/** Sends bytes as they are, and returns the status line of the answer. */
const rawSocket = ({ url }: World, text: string) =>
  new Promise<string>((resolve) => {
    const { hostname, port } = new URL(url)
    let heard = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', (chunk) => (heard += chunk))
    socket.on('close', () => resolve(heard.split('\r\n')[0]!))
    socket.on('error', () => resolve(heard.split('\r\n')[0]!))
    setTimeout(() => socket.destroy(), 2000)
  })

test('I16 requests that two servers could read differently are refused, and the connection is closed', async () => {
  const w = await world()
  const head = 'POST /people HTTP/1.1\r\nHost: a\r\n'
  const smuggled = [
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    'GET /healthz HTTP/1.1\nHost: a\n\n',
    'GET /healthz HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n',
  ]

  expect(await Promise.all(smuggled.map((text) => rawSocket(w, text)))).toEqual(
    smuggled.map(() => 'HTTP/1.1 400 Bad Request'),
  )
})

test('I17 a client that never finishes its headers is disconnected, and others are served meanwhile', async () => {
  const w = await world()
  const { hostname, port } = new URL(w.url)
  const sockets = Array.from({ length: 200 }, () => connect(Number(port), hostname))
  const closed = sockets.map(
    (socket) =>
      new Promise((resolve) =>
        socket
          .resume()
          .on('close', resolve)
          .on('error', () => undefined),
      ),
  )
  for (const socket of sockets) socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n')

  const { status } = await w.raw('GET', '/healthz')
  await Promise.all(closed)

  expect(status).toBe(200)
})

test('I18 a header that overrides the method is ignored', async () => {
  const w = await world()
  const trusted = await w.raw('POST', '/trusted-issuers', {
    body: { did: 'did:web:acme.example.com', credentialType: 'Badge' },
  })

  const overridden = await w.raw('POST', `/trusted-issuers/${trusted.json.id}`, {
    body: { _method: 'DELETE' },
    headers: { 'x-http-method-override': 'DELETE' },
  })

  expect([overridden.status, (await w.raw('GET', '/trusted-issuers')).json.items]).toEqual([
    404,
    [trusted.json],
  ])
})

test('I21 only the Bearer scheme accepts an API key', async () => {
  const w = await world()
  const schemes = ['Basic', 'DPoP', 'Token', '']

  const answers = await Promise.all(
    schemes.map(
      async (scheme) =>
        (
          await w.raw('GET', '/people', {
            token: null,
            headers: { authorization: `${scheme} ${w.apiKey}`.trim() },
          })
        ).status,
    ),
  )

  expect(answers).toEqual(schemes.map(() => 401))
})

test('I24 an unauthenticated caller learns nothing about a credential', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const [good, revoked] = [await w.permit(x, ledger), await w.permit(x, ledger)]
  await read(w.admin.credentials[':id'].revoke.$post({ param: { id: revoked.id }, json: {} }))

  const answers = await Promise.all(
    [good.id, revoked.id, '00000000-0000-7000-8000-000000000000'].map((id) =>
      w.raw('GET', `/credentials/${id}`, { token: null }),
    ),
  )

  expect(
    new Set(answers.map(({ status, json }) => JSON.stringify([status, { ...json, instance: '' }])))
      .size,
  ).toBe(1)
  expect(answers[0]!.status).toBe(401)
})

test('I25 a caller with too many requests is told to wait; verifying has a bucket of its own', async () => {
  const w = await world({ PROCURA_RATE_PER_SECOND: '1', PROCURA_RATE_BURST: '5' })

  const answers = await Promise.all(Array.from({ length: 10 }, () => w.raw('GET', '/people')))
  const verify = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential: {} } })

  const limited = answers.filter(({ status }) => status === 429)
  expect(limited.length).toBeGreaterThanOrEqual(5)
  expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(verify.status).toBe(400)
})

test('I26 no origin may read the answers', async () => {
  const w = await world()
  const answers = await Promise.all(
    ['https://evil.example', 'null'].flatMap((origin) => [
      w.raw('GET', '/healthz', { headers: { origin } }),
      w.raw('OPTIONS', '/people', { headers: { origin, 'access-control-request-method': 'POST' } }),
    ]),
  )

  expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual(
    answers.map(() => null),
  )
})

test('I32 a batch that is too large is refused; a bad item of a batch has its own verdict', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const batch = (verifiableCredentials: unknown[]) =>
    w.raw('POST', '/credentials/verify/batch', { body: { verifiableCredentials } })

  const mixed = await batch([credential, {}, credential])

  expect((await batch(Array.from({ length: 101 }, () => ({})))).status).toBe(413)
  expect(
    mixed.json.results.map(({ verified, decision }: { verified: boolean; decision: string }) => [
      verified,
      decision,
    ]),
  ).toEqual([
    [true, 'allow'],
    [false, 'deny'],
    [true, 'allow'],
  ])
})

test('I36 C23 with an empty list only our own issuers are trusted', async () => {
  const [w, other] = [await world(), await world()]
  const [x, ledger] = [await w.agent(), await w.agent()]
  const foreign = await other.permit(await other.agent(), await other.agent())
  const { credential } = await w.permit(x, ledger)
  const verify = (verifiableCredential: unknown) =>
    w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })

  const [own, theirs] = [await verify(credential), await verify(foreign.credential)]

  expect([
    own.json.decision,
    theirs.status,
    theirs.json.verified,
    theirs.json.decision,
    theirs.json.reason,
  ]).toEqual(['allow', 200, true, 'deny', 'issuer_untrusted'])
})

test('I37 a flood of requests without a key changes nothing', async () => {
  const w = await world()
  await new Promise((resolve) => setTimeout(resolve, 700))
  const before = await w.raw('GET', '/audit/checkpoint')

  await Promise.all(
    routes
      .filter(({ method }) => method !== 'GET')
      .flatMap(({ method, path }) =>
        Array.from({ length: 5 }, () => w.raw(method, path, { token: null, body: {} })),
      ),
  )
  await new Promise((resolve) => setTimeout(resolve, 700))

  expect((await w.raw('GET', '/audit/checkpoint')).json).toEqual(before.json)
})

test('a key is rotated and revoked: the old token is void at once', async () => {
  const w = await world()
  const ada = await w.person()
  const key = await w.keyFor(`person:${ada.id}`, 'auditor')
  const get = async (token: string) => (await w.raw('GET', '/people', { token })).status
  const statuses = [await get(key.token)]

  const rotated = await w.raw('POST', `/api-keys/${key.id}/rotate`, { body: {} })
  statuses.push(await get(key.token), await get(rotated.json.token))
  await w.raw('POST', `/api-keys/${key.id}/revoke`, { body: {} })
  statuses.push(
    await get(rotated.json.token),
    (await w.raw('POST', `/api-keys/${key.id}/rotate`, { body: {} })).status,
  )

  expect(statuses).toEqual([200, 401, 200, 401, 404])
})

test('an agent’s signature covers method, URL and body, is recent, and is valid once', async () => {
  const w = await world()
  const x = await w.agent()
  const sent: { url: string; init: RequestInit }[] = []
  const original = globalThis.fetch
  globalThis.fetch = ((url: string, init: RequestInit) => {
    sent.push({ url: String(url), init })
    return original(url, init)
  }) as typeof fetch
  try {
    await read(x.client.challenges.$post({ json: { audience: x.did } }))
  } finally {
    globalThis.fetch = original
  }
  const { url, init } = sent[0]!
  const again = async (
    change: {
      path?: string
      body?: string
      method?: string
      headers?: Record<string, string>
    } = {},
  ) => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(change.headers ?? {})) headers.set(name, value)
    const answer = await fetch(change.path ? new URL(change.path, url) : url, {
      ...init,
      headers,
      body: change.body ?? init.body!,
      method: change.method ?? 'POST',
    })
    return answer.status
  }
  const body = init.body as string

  expect(await again()).toBe(401)
  expect(await again({ body: body.replace('}', ',"lifetimeSeconds":9}') })).toBe(401)
  expect(await again({ path: '/decisions' })).toBe(401)
  expect(await again({ headers: { 'content-digest': 'sha-256=:AAAA:' } })).toBe(401)
  expect(await again({ headers: { authorization: `Bearer ${w.apiKey}` } })).toBe(401)
  const stranger = await (await world()).agent()
  const answer = await makeClient(w.url, stranger).challenges.$post({
    json: { audience: stranger.did },
  })
  expect(answer.status).toBe(401)
})

test('a caller gets challenges only for its own audiences', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const system = (
    await w.raw('POST', '/systems', { body: { name: 'gateway', audiences: [ledger.did] } })
  ).json
  const { token } = await w.keyFor(`system:${system.id}`, 'verifier')
  const challenge = async (audience: string) =>
    (await w.raw('POST', '/challenges', { token, body: { audience } })).status

  expect([
    await challenge(ledger.did),
    await challenge(x.did),
    (await x.client.challenges.$post({ json: { audience: ledger.did } })).status,
  ]).toEqual([201, 403, 403])
})

test('health, readiness, metrics and documentation are served', async () => {
  const w = await world()
  await w.raw('POST', '/decisions', { body: {} })

  const [health, ready, docs, metrics] = await Promise.all(
    ['/healthz', '/readyz', '/docs', '/metrics'].map((path) => w.raw('GET', path)),
  )

  expect([health!.json, ready!.json]).toEqual([{ status: 'ok' }, { status: 'ready' }])
  expect(docs!.json).toContain('/agents/{id}/credentials')
  expect(docs!.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(metrics!.json).toContain(
    'procura_http_requests_total{method="GET",route="/healthz",status="200"} 1',
  )
})

test('the interface documents are made once, and not sent to a client that has them', async () => {
  const w = await world()
  const seen: Record<string, readonly unknown[]> = {}
  for (const path of ['/openapi.json', '/docs']) {
    const first = await fetch(w.url + path)
    const etag = first.headers.get('etag')!
    const headers = { 'if-none-match': `"other", ${etag}` }
    const again = await fetch(w.url + path, { headers })
    const body = await first.text()
    seen[path] = [first.status, body.length > 10_000, again.status, await again.text()]
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  }

  expect(seen).toEqual({ '/openapi.json': [200, true, 304, ''], '/docs': [200, true, 304, ''] })
})

test('expensive verifications take more of the caller’s rate than one request', async () => {
  const w = await world()
  const credential = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a' },
  }
  const { json } = await w.raw('POST', '/issuers/main/credentials/issue', { body: { credential } })
  const answeredOf = async (size: number) => {
    const other = await world({ PROCURA_RATE_BURST: '30', PROCURA_RATE_PER_SECOND: '1' })
    const body = { verifiableCredentials: Array(size).fill(json.verifiableCredential) }
    let answered = 0
    while (answered < 25) {
      const { status } = await other.raw('POST', '/credentials/verify/batch', { body })
      if (status !== 200) break
      answered++
    }
    return answered
  }

  // 100 signatures are four tokens beside that of the request; it fills while a slow machine works.
  expect(await answeredOf(1)).toBe(25)
  expect(await answeredOf(100)).toBeLessThan(20)
})
