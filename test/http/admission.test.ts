import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { bodyLimits, makeBodyBudget } from '../../src/http/body-budget.ts'
import { type World, world } from '../world.ts'

/** Sends the head of a request and part of its body, and stays: the status it is answered with, if it is within `wait` ms. */
const begin = ({ url }: World, head: readonly string[], body = '', wait = 1_500) =>
  new Promise<number | 'waits'>((resolve) => {
    const { hostname, port } = new URL(url)
    let heard = ''
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${[...head, 'Host: a', '', ''].join('\r\n')}${body}`),
    )
    onTestFinished(() => void socket.destroy())
    const timer = setTimeout(() => resolve('waits'), wait)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      heard += chunk
      const status = /^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1]
      if (status === undefined) return
      clearTimeout(timer)
      resolve(Number(status))
    })
  })

const signedBy = (keyId: string, created = Math.floor(Date.now() / 1000)) => [
  `Signature-Input: procura=("@method" "@target-uri" "content-digest");created=${created};nonce="0123456789abcdef";keyid="${keyId}"`,
  `Signature: procura=:${'A'.repeat(86)}==:`,
]
const largePost = ['POST /challenges HTTP/1.1', 'Content-Type: application/json']
const announced = [...largePost, 'Content-Length: 1000000']

test('I17 the service waits for no body from a sender whom the headers alone refuse', async () => {
  const asked: string[] = []
  const foreign = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => foreign.once('listening', resolve))
  onTestFinished(() => void foreign.close())
  const { port } = foreign.address() as AddressInfo
  const w = await world({ PROCURA_ALLOWED_ORIGINS: `http://127.0.0.1:${port}` })
  const [x, gone] = [await w.agent(), await w.agent()]
  await w.raw('POST', `/agents/${gone.id}/suspend`, { body: {} })
  const stranger = 'did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH'

  const answers = await Promise.all([
    begin(w, announced),
    begin(w, [...announced, 'Authorization: Bearer x']),
    begin(w, [...announced, 'Signature-Input: procura=nonsense', 'Signature: x']),
    begin(w, [...announced, ...signedBy(x.verificationMethod, 1_700_000_000)]),
    begin(w, [...announced, ...signedBy(`${stranger}#${stranger.slice(8)}`)]),
    begin(w, [...announced, ...signedBy(`did:web:127.0.0.1%3A${port}#k`)]),
    begin(w, [...announced, ...signedBy(gone.verificationMethod)]),
    begin(w, [...announced, ...signedBy(x.verificationMethod)]),
  ])

  expect(answers).toEqual([401, 401, 401, 401, 401, 401, 401, 'waits'])
  // Nor is anybody's server asked for the keys of whoever is no agent of ours.
  expect(asked).toEqual([])
})

test('I17 a body from an anonymous sender is small', async () => {
  const w = await world()
  const path = '/agents/00000000-0000-7000-8000-000000000000/activate'
  const head = [`POST ${path} HTTP/1.1`, 'Content-Type: application/json']
  const chunk = `4e20\r\n${' '.repeat(20_000)}\r\n`

  expect([
    await begin(w, [...head, 'Content-Length: 16001']),
    await begin(w, [...head, 'Transfer-Encoding: chunked'], chunk),
    await begin(w, [...head, 'Content-Length: 2'], '{}'),
  ]).toEqual([413, 413, 400])
})

test('J23 bodies sent in an agent’s name, and never proved to be its, leave room for others', async () => {
  const w = await world()
  const x = await w.agent()
  const most = bodyLimits.ofOneAddress / 1_000_000
  const stalled = Array.from({ length: Math.ceil(most) + 4 }, () =>
    begin(w, [...announced, ...signedBy(x.verificationMethod)], ' '.repeat(900_000), 5_000),
  )

  const answers = await Promise.all(stalled)
  const large = { verifiableCredential: { x: 'y'.repeat(900_000) } }
  const other = await w.raw('POST', '/credentials/verify', { body: large })

  expect(new Set(answers)).toEqual(new Set(['waits', 503]))
  expect(answers.filter((answer) => answer === 'waits').length).toBeLessThanOrEqual(most)
  expect(other.status).toBe(400)
})

test('the memory for bodies has bounds for all, for everyone unproved, and for each address among them; what is given back is free again', () => {
  const budget = makeBodyBudget({ all: 100, unproved: 50, ofOneAddress: 20 })
  const room = (address: string | undefined, bytes: number) => {
    const account = budget.open(address)
    try {
      account.take(bytes)
      return account
    } catch {
      return undefined
    }
  }
  const first = room('a', 20)!
  const tooMuchOfOne = room('a', 1)
  const [second, third] = [room('b', 20)!, room('c', 10)!]
  const tooMuchUnproved = room('d', 1)
  second.prove()
  const proved = room('d', 20)!
  const known = room(undefined, 30)!
  const tooMuch = room(undefined, 1)
  for (const account of [first, second, third, proved, known]) account.close()
  first.close()

  expect([tooMuchOfOne, tooMuchUnproved, tooMuch]).toEqual([undefined, undefined, undefined])
  expect(room(undefined, 101)).toBeUndefined()
  expect(room(undefined, 100)).toBeDefined()
})

test('I17 there are no more connections than the service has room for, and open ones continue', async () => {
  const w = await world({ PROCURA_MAX_CONNECTIONS: '10' })
  const { hostname, port } = new URL(w.url)
  let closed = 0
  const sockets = Array.from({ length: 30 }, () =>
    connect(Number(port), hostname)
      .resume()
      .on('error', () => undefined)
      .on('close', () => closed++),
  )
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()))

  await expect.poll(() => closed, { timeout: 4_000, interval: 10 }).toBeGreaterThanOrEqual(20)
  const left = sockets.length - closed
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => closed).toBe(sockets.length)

  expect(left).toBeGreaterThan(0)
  expect((await w.raw('GET', '/healthz')).status).toBe(200)
})

test('a caller that goes away in mid-body is the caller’s fault, in metrics and in the log', async () => {
  const w = await world()
  const { hostname, port } = new URL(w.url)
  const head = `POST /people HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${w.apiKey}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"name"`
  for (let i = 0; i < 5; i++) {
    const socket = connect(Number(port), hostname, () => socket.write(head))
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
  }
  const counted = async (status: number) =>
    Number(
      new RegExp(
        `^procura_http_requests_total\\{[^}]*route="/people"[^}]*status="${status}"[^}]*\\} (\\d+)$`,
        'm',
      ).exec(String((await w.raw('GET', '/metrics')).json))?.[1] ?? 0,
    )

  await expect.poll(() => counted(400)).toBe(5)

  expect(await counted(500)).toBe(0)
  expect(w.log.filter((line) => line.includes('"error"'))).toEqual([])
})
