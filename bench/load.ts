import { Agent, request } from 'node:http'

export interface Load {
  readonly url: string
  readonly apiKey: string
  readonly bodies: readonly string[]
  readonly inFlight: number
  readonly milliseconds: number
}

/** Posts bodies in turn, `inFlight` at a time, for a while. Returns answers a second; any but 2xx ends it. */
export async function load({ url, apiKey, bodies, inFlight, milliseconds }: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const target = new URL(url)
  const ready = bodies.map((body) => Buffer.from(body))
  let next = 0
  let answered = 0
  const started = performance.now()
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const body = ready[next++ % ready.length]!
      const headers = {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'content-length': body.length,
      }
      const sent = request(target, { method: 'POST', agent, headers }, (response) => {
        response.resume()
        response.on('end', () =>
          response.statusCode! < 300
            ? resolve()
            : reject(new Error(`answered with ${response.statusCode}`)),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - started < milliseconds) {
        await one()
        answered++
      }
    }),
  )
  agent.destroy()
  return answered / ((performance.now() - started) / 1000)
}
