import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Json = any
export type Handlers = Readonly<Record<string, (body: Json) => Promise<Json>>>

/** Serves one handler per path: POST, JSON in, JSON out. Returns the URL. */
export function serve(handlers: Handlers): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const handler = handlers[request.url ?? '']
      try {
        if (!handler) throw new Error(`there is no ${request.url} here`)
        const answer = await handler(JSON.parse(Buffer.concat(chunks).toString() || '{}'))
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer ?? {}))
      } catch (error) {
        response.writeHead(500, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ error: (error as Error).message }))
      }
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    )
  })
}

export async function call(url: string, path: string, body: Json = {}): Promise<Json> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Json
  if (!response.ok) throw new Error(`${url}${path}: ${answer.error}`)
  return answer
}
