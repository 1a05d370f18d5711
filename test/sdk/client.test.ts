import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
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
