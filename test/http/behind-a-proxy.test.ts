import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { makeMemory } from '../../src/foundation/memory.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { makeRateLimit } from '../../src/http/rate-limit.ts'
import { type World, world } from '../world.ts'

/** A reverse proxy that adds the address of its client to X-Forwarded-For, as nginx and others do. */
async function proxyTo(service: string) {
  const server = createServer((incoming, answer) => {
    const before = incoming.headers['x-forwarded-for']
    const client = incoming.socket.remoteAddress!
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': before === undefined ? client : `${before}, ${client}`,
    }
    const outgoing = request(
      new URL(incoming.url!, service),
      { method: incoming.method!, headers, localAddress: '127.0.0.1' },
      (response) => {
        answer.writeHead(response.statusCode!, response.headers)
        response.pipe(answer)
      },
    )
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Sent {
  readonly from: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

/** Status of the answer to a request that comes from an address of this machine. */
const send = (
  port: number,
  path: string,
  { from, method = 'GET', headers = {}, body }: Sent,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        localAddress: from,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => response.resume().on('end', () => resolve(response.statusCode!)),
    )
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })

const few = { PROCURA_RATE_PER_SECOND: '1', PROCURA_RATE_BURST: '5' }
const trusting = { ...few, PROCURA_TRUSTED_PROXIES: '127.0.0.1' }
const flood = (port: number, path: string, sent: Sent) =>
  Promise.all(Array.from({ length: 20 }, () => send(port, path, sent)))
const statusListOf = async (w: World) => {
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const [entry] = credential.credentialStatus as unknown as { statusListCredential: string }[]
  return new URL(entry!.statusListCredential).pathname
}

test('I25 behind a trusted proxy, a flood by one stranger, or with invalid keys, affects only that stranger', async () => {
  const w = await world({ ...trusting, PROCURA_RATE_BURST: '40' })
  const port = await proxyTo(w.url)
  const [stranger, other] = ['127.0.0.2', '127.0.0.3']
  const headers = { authorization: `Bearer procura_${'A'.repeat(65)}` }
  const many = (path: string, sent: Sent) =>
    Promise.all(Array.from({ length: 80 }, () => send(port, path, sent)))

  const resolving = await many('/1.0/identifiers/did:key:x', { from: stranger })
  const guessing = await many('/people', { from: stranger, headers })

  expect(resolving).toContain(429)
  expect(guessing).toContain(429)
  expect([
    await send(port, '/1.0/identifiers/did:key:x', { from: other }),
    await send(port, '/people', { from: other, headers }),
    await send(port, '/people', {
      from: stranger,
      headers: { authorization: `Bearer ${w.apiKey}` },
    }),
  ]).toEqual([400, 401, 200])
})

test('I25 status lists have a bucket of their own: a flood of anything else leaves them to verifiers', async () => {
  const w = await world({ ...few, PROCURA_RATE_BURST: '40' })
  const list = await statusListOf(w)
  const { port } = new URL(w.url)

  const flooded = await Promise.all(
    Array.from({ length: 80 }, () =>
      send(Number(port), '/1.0/identifiers/did:key:x', { from: '127.0.0.1' }),
    ),
  )

  expect(flooded).toContain(429)
  expect(await send(Number(port), list, { from: '127.0.0.1' })).toBe(200)
  expect(await send(Number(port), '/healthz', { from: '127.0.0.1' })).toBe(200)
})

test('I22 a client gets no other bucket by naming an address itself: not past the proxy, and not through it', async () => {
  const w = await world(trusting)
  const port = await proxyTo(w.url)
  const { port: direct } = new URL(w.url)
  const spoof = async (to: number) => {
    const startedAt = Date.now()
    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        send(to, '/healthz', {
          from: '127.0.0.2',
          headers: { 'x-forwarded-for': `198.51.100.${i}`, forwarded: `for=198.51.100.${i}` },
        }),
      ),
    )
    // The bucket's five, and one for each second that it took.
    const most = 5 + Math.ceil((Date.now() - startedAt) / 1000)
    return statuses.filter((status) => status === 200).length <= most
  }

  expect(await spoof(port)).toBe(true)
  w.advance(60_000)
  expect(await spoof(Number(direct))).toBe(true)
  expect(await flood(port, '/healthz', { from: '127.0.0.3' })).toContain(200)
})

test('the audit log has the client’s address, not the proxy’s', async () => {
  const w = await world({ PROCURA_TRUSTED_PROXIES: '127.0.0.1' })
  const port = await proxyTo(w.url)
  const headers = { authorization: `Bearer ${w.apiKey}` }

  const sent = { method: 'POST', headers, body: { name: 'Ada' } }
  await send(port, '/people', { ...sent, from: '127.0.0.9' })

  const originOf = async () => {
    const { json } = await w.raw('GET', '/audit?limit=1000&type=person.created')
    return json.events.at(-1).event.origin?.address
  }
  await expect.poll(originOf, { timeout: 10_000 }).toBe('127.0.0.9')
})

test('a service behind a proxy that is not configured says so at its start', async () => {
  const warning = 'set PROCURA_TRUSTED_PROXIES'
  const isWarned = async (environment: Record<string, string>) =>
    (await world(environment)).log.some((line) => line.includes(warning))

  expect([
    await isWarned({ PROCURA_PUBLIC_URL: 'https://iam.example.com' }),
    await isWarned({ PROCURA_PUBLIC_URL: 'http://iam.example.com' }),
    await isWarned({
      PROCURA_PUBLIC_URL: 'https://iam.example.com',
      PROCURA_TRUSTED_PROXIES: '127.0.0.1',
    }),
    await isWarned({}),
  ]).toEqual([true, true, false, false])
})

test('many addresses neither fill the memory nor give their holder a fresh bucket', () => {
  let now = 0
  const clock = monotonicClock(() => now)
  // One hundredth of it is for buckets: room for about a hundred.
  const memory = makeMemory(clock, 3_000_000)
  const limit = makeRateLimit(clock, memory, { perSecond: 1, burst: 3 })
  const answers: (number | undefined)[] = []

  for (let i = 0; i < 10_000; i++) {
    limit(`address ${i}`)
    if (i % 50 === 0) answers.push(limit('mine'))
  }
  now += 10_000

  expect(answers.filter((answer) => answer === undefined)).toHaveLength(3)
  expect([limit('mine', 3), limit('mine', 1), limit('other', 1_000)]).toEqual([
    undefined,
    1,
    undefined,
  ])
})
