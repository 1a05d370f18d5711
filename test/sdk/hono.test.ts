import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import { protect } from '../../src/sdk/hono.ts'
import {
  type Decider,
  decideByService,
  makeVerifier,
  presentingFetch,
} from '../../src/sdk/index.ts'
import { type World, type WorldAgent, world } from '../world.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const act = { action: 'read', resource: 'db://crm/public/customers' }
const purpose = 'monthly-report'

/** A peer that protects one route, on a port of its own. */
async function peerOf(decider: Decider, options: object = act): Promise<string> {
  const app = new Hono().get('/customers', protect(decider, options as typeof act), (c) =>
    c.json({ grant: c.get('decision').grant }),
  )
  return `${await listen(app)}/customers`
}

const listen = ({ fetch }: Pick<Hono, 'fetch'>): Promise<string> =>
  new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    )
    servers.push(server)
  })

/** A peer that passes on what another one answers, or redirects to it. */
async function relayOf(url: string, redirects?: 307) {
  const presentations: string[] = []
  const app = new Hono().get('/', async (c) => {
    if (redirects) return c.redirect(url, redirects)
    const authorization = c.req.header('authorization')
    if (authorization !== undefined) presentations.push(authorization)
    const answer = await fetch(url)
    c.header('www-authenticate', answer.headers.get('www-authenticate') ?? '')
    return c.body(null, 401)
  })
  return { url: await listen(app), presentations }
}

async function verifierFor(w: World, audience: WorldAgent): Promise<Decider> {
  const issuer = (await w.raw('GET', '/issuers/main')).json.did as `did:${string}`
  return makeVerifier({
    audience: audience.did,
    trustedIssuers: { [issuer]: ['TaskPermissionCredential'] },
    allowedOrigins: [w.url],
  })
}

async function setUp() {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  return { w, x, ledger, credential }
}

/** The options of an agent that knows the ledger's DID. */
const at = (url: string, { did }: WorldAgent) => ({ peers: { [new URL(url).origin]: did } })

const short = async (response: Response) => [
  response.status,
  ((await response.json()) as { reason?: string; grant?: string }).reason ?? 'allowed',
]

test('an agent that is asked for a permission presents it, and may act', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger))
  const fetchAsAgent = presentingFetch(x, [credential], { purpose, ...at(url, ledger) })

  const first = await fetchAsAgent(url)
  const second = await fetchAsAgent(url)

  expect([first.status, await first.json()]).toEqual([200, { grant: 'g1' }])
  expect(await short(second)).toEqual([200, 'allowed'])
})

test('the service decides for a peer as a verifier in its process does', async () => {
  const { x, ledger, credential } = await setUp()
  const url = await peerOf(decideByService(ledger.client, ledger.did))

  expect(
    await short(await presentingFetch(x, [credential], { purpose, ...at(url, ledger) })(url)),
  ).toEqual([200, 'allowed'])
  expect(
    await short(
      await presentingFetch(x, [credential], { purpose: 'other', ...at(url, ledger) })(url),
    ),
  ).toEqual([403, 'purpose_mismatch'])
})

test('a request without a presentation is challenged, and one with a used challenge is challenged again', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, purpose })
  let sent = ''
  const original = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    sent = new Headers(init?.headers).get('authorization') ?? ''
    return original(input, init)
  }
  await presentingFetch(
    x,
    [credential],
    at(url, ledger),
  )(url).finally(() => {
    globalThis.fetch = original
  })

  const bare = await fetch(url)
  const replayed = await fetch(url, { headers: { authorization: sent } })

  expect(bare.headers.get('www-authenticate')).toMatch(
    new RegExp(`^Procura challenge="[^"]+", domain="${ledger.did}"$`),
  )
  expect(await short(bare)).toEqual([401, 'presentation_missing'])
  expect(sent).toMatch(/^Procura /)
  expect(await short(replayed)).toEqual([401, 'challenge_used'])
})

test.each([
  ['no scheme', 'Bearer x', 401, 'presentation_missing'],
  ['no base64url', 'Procura ***', 401, 'presentation_missing'],
  [
    'no JSON object',
    `Procura ${Buffer.from('[1]').toString('base64url')}`,
    401,
    'presentation_missing',
  ],
  ['two parts', 'Procura e30 e30', 401, 'presentation_missing'],
  ['no proof', 'Procura e30', 403, 'proof_missing'],
])('an Authorization header with %s is refused', async (_what, authorization, status, reason) => {
  const { w, ledger } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, purpose })

  const response = await fetch(url, { headers: { authorization } })

  expect(await short(response)).toEqual([status, reason])
})

test('a request that states no purpose is refused where the peer fixes none', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger))

  expect(await short(await presentingFetch(x, [credential], at(url, ledger))(url))).toEqual([
    403,
    'malformed',
  ])
})

test('what is not granted is denied with its reason', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, action: 'update', purpose })

  const response = await presentingFetch(x, [credential], at(url, ledger))(url)

  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await short(response)).toEqual([403, 'action_not_granted'])
})

test('an agent answers no challenge that is for another DID than that of the peer it called', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, purpose })
  const relay = await relayOf(url)
  const fetchAsAgent = presentingFetch(x, [credential], {
    peers: { [new URL(url).origin]: ledger.did, [new URL(relay.url).origin]: x.did },
  })

  const answers = [await presentingFetch(x, [credential])(url), await fetchAsAgent(relay.url)]
  const known = await fetchAsAgent(url)

  expect(answers.map(({ status }) => status)).toEqual([401, 401])
  expect(relay.presentations).toEqual([])
  expect(known.status).toBe(200)
})

test('an https peer has the did:web of its host and port without being named', async () => {
  const { x, credential } = await setUp()
  const answered = async (url: string, domain: string) => {
    const sent: (string | null)[] = []
    const original = globalThis.fetch
    globalThis.fetch = async (_input, init) => {
      sent.push(new Headers(init?.headers).get('authorization'))
      const headers = { 'www-authenticate': `Procura challenge="c", domain="${domain}"` }
      return Object.defineProperty(new Response('', { status: 401, headers }), 'url', {
        value: url,
      })
    }
    await presentingFetch(x, [credential])(url).finally(() => {
      globalThis.fetch = original
    })
    return sent.length === 2
  }

  expect([
    await answered('https://a.example/x', 'did:web:a.example'),
    await answered('https://a.example:8443/x', 'did:web:a.example%3A8443'),
    await answered('http://a.example/x', 'did:web:a.example'),
    await answered('https://a.example/x', 'did:web:a.example%3A8443'),
    await answered('https://a.example/x', 'did:web:a.example:agents:y'),
    await answered('https://a.example/x', 'did:web:b.example'),
  ]).toEqual([true, true, false, false, false, false])
})

test('an agent follows no redirect, even if its caller wants it', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, purpose })
  const relay = await relayOf(url, 307)

  const fetchAsAgent = presentingFetch(x, [credential], at(url, ledger))
  const response = await fetchAsAgent(relay.url, { redirect: 'follow' })

  expect(response.status).toBe(307)
})

test('a presentation that is too long for a header is an error that says so', async () => {
  const { w, x, ledger, credential } = await setUp()
  const url = await peerOf(await verifierFor(w, ledger), { ...act, purpose })
  const many = Array.from({ length: 12 }, () => credential)

  await expect(presentingFetch(x, many, at(url, ledger))(url)).rejects.toThrow(
    /present fewer credentials/,
  )
})

test('from JavaScript, a malformed request is denied and not thrown', async () => {
  const { w, ledger } = await setUp()
  const verifier = await verifierFor(w, ledger)
  const asJavaScript = (request: object) =>
    verifier.decide(request as Parameters<Decider['decide']>[0])

  const decisions = await Promise.all(
    [
      {},
      { presentation: {}, invocation: act },
      { presentation: {}, ...act, purpose: 3 },
      { presentation: {}, ...act, purpose, observed: { sourceIp: 4 } },
      { presentation: {}, ...act, purpose, datatypes: 'all' },
      { presentation: {}, ...act, purpose, extra: true },
      { presentation: {}, ...act, purpose: undefined },
      { presentation: {}, ...act, purpose, constructor: 'x' },
    ].map(asJavaScript),
  )

  expect(
    decisions.map((made) => (made.decision === 'deny' ? [made.reason, made.detail] : 'allow')),
  ).toEqual(
    ['action', 'action', 'purpose', 'observed', 'datatypes', 'extra', 'purpose', 'constructor'].map(
      (name) => [
        'malformed',
        `the request’s member "${name}" is missing, unknown or of a wrong type`,
      ],
    ),
  )
})
