import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of the attacker's on loopback, which counts who comes. */
export interface Web {
  readonly origin: string
  /** As it stands in a did:web: host and port. */
  readonly authority: string
  /** Answers a path from now on; a value is sent as JSON. */
  serve(path: string, answer: object | Answer): string
  /** Answers it no more. */
  forget(path: string): void
  /** How many requests came for paths that begin so. */
  hits(prefix: string): number
  stop(): Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export async function startWeb(): Promise<Web> {
  const answers = new Map<string, object | Answer>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url!
    asked.push(path)
    const answer = answers.get(path)
    if (typeof answer === 'function') answer(request, response)
    else if (answer)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    authority: `127.0.0.1%3A${port}`,
    serve(path, answer) {
      answers.set(path, answer)
      return `${origin}${path}`
    },
    forget: (path) => answers.delete(path),
    hits: (prefix) => asked.filter((path) => path.startsWith(prefix)).length,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
