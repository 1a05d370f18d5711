import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { makeClient, ProblemError, read } from '../../src/sdk/client.ts'
import { world } from '../world.ts'

test('the client does not follow a redirect: another host must not get the key', async () => {
  const asked: (string | undefined)[] = []
  const thief = createServer(({ headers }, answer) => {
    asked.push(headers.authorization)
    answer.end('{}')
  })
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve))
  const portOf = (server: typeof thief) => (server.address() as AddressInfo).port
  const service = createServer((_request, answer) => {
    answer.writeHead(307, { location: `http://127.0.0.1:${portOf(thief)}/` }).end()
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const client = makeClient(`http://127.0.0.1:${portOf(service)}`, { apiKey: 'secret' })

  await expect(read(client.agents.$get({ query: {} }))).rejects.toThrow('redirect')

  expect(asked).toEqual([])
  service.close()
  thief.close()
})

test('a problem of the service is an error with its document', async () => {
  const w = await world()
  const client = makeClient(w.url, { apiKey: 'not a key' })

  const error = await read(client.agents.$get({ query: {} })).catch((error: unknown) => error)

  expect(error).toBeInstanceOf(ProblemError)
  expect((error as ProblemError).problem.status).toBe(401)
})

test.each([
  ['a page of HTML', 502, '<html>Bad Gateway</html>'],
  ['JSON of its own', 502, '{"message":"Bad Gateway"}'],
  ['JSON of its own', 400, '{"message":"Bad Request"}'],
  ['a page for signing in', 200, '<html>Sign in</html>'],
])(
  'a proxy that answers %s with status %i is no answer of the service',
  async (_what, status, body) => {
    const proxy = createServer((_request, answer) => answer.writeHead(status).end(body))
    onTestFinished(() => void proxy.close())
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const client = makeClient(
      `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      undefined,
    )

    await expect(read(client.agents.$get({ query: {} }))).rejects.toThrow(
      `the answer, with status ${status}, is not one of the service: check its URL, and the proxies in front of it`,
    )
  },
)

test('a credential that is not verified is answered 400, and the verdict is read', async () => {
  const w = await world()
  const client = makeClient(w.url, { apiKey: w.apiKey })

  const verdict = await read(
    client.credentials.verify.$post({ json: { verifiableCredential: {} } }),
  )

  expect([verdict.verified, verdict.decision]).toEqual([false, 'deny'])
})
