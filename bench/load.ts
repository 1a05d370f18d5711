import { connect, type Socket } from 'node:net'

export interface Load {
  readonly url: string
  readonly apiKey: string
  readonly bodies: readonly string[]
  readonly inFlight: number
  readonly milliseconds: number
}

/**
 * Posts bodies in turn over `inFlight` bare sockets for a while: the load must not take the
 * processor from the service. Returns answers per second; any status but 2xx ends it.
 */
export async function load({ url, apiKey, bodies, inFlight, milliseconds }: Load): Promise<number> {
  const { hostname, port, pathname } = new URL(url)
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n`
  const requests = bodies.map((body) =>
    Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
  )
  let next = 0
  let answered = 0
  const started = performance.now()
  const isOver = () => performance.now() - started >= milliseconds

  const converse = () =>
    new Promise<void>((resolve, reject) => {
      const socket: Socket = connect(Number(port), hostname)
      let heard = ''
      const ask = () => socket.write(requests[next++ % requests.length]!)
      socket.setNoDelay(true).setEncoding('latin1').on('connect', ask).on('error', reject)
      socket.on('data', (chunk) => {
        heard += chunk
        const end = heard.indexOf('\r\n\r\n')
        const length = end === -1 ? null : /content-length: (\d+)/i.exec(heard)
        if (!length || heard.length < end + 4 + Number(length[1])) return
        if (!/^HTTP\/1\.1 2/.test(heard)) {
          reject(new Error(heard.slice(0, 400)))
          return
        }
        heard = ''
        answered++
        if (isOver()) socket.end(resolve)
        else ask()
      })
    })

  await Promise.all(Array.from({ length: inFlight }, converse))
  return answered / ((performance.now() - started) / 1000)
}
