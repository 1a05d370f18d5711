import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An administrator key that all nodes are given. */
const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7))
export const adminKey = `procura_${Buffer.alloc(16, 7).toString('base64url')}${secret.toString('base64url')}`
export const publicUrl = 'https://iam.acme.example'

export interface Answer {
  /** 0 if the node died, or was not there. */
  readonly status: number
  readonly text: string
  readonly retryAfter: string | undefined
}

/** One process of the service. */
export interface Node {
  readonly url: string
  call(method: string, path: string, body?: unknown, key?: string): Promise<Answer>
  kill(): Promise<void>
  stop(): Promise<void>
}

const working = mkdtempSync(join(tmpdir(), 'procura-nodes-'))

export function startNode(databaseUrl: string, port = 0): Promise<Node> {
  const env = {
    PATH: process.env.PATH,
    PROCURA_DATABASE_URL: databaseUrl,
    PROCURA_PUBLIC_URL: publicUrl,
    PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i)).toString(
      'base64url',
    ),
    PROCURA_ADMIN_KEY: adminKey,
    PROCURA_PORT: String(port),
    PROCURA_RATE_BURST: '9999999',
    PROCURA_RATE_PER_SECOND: '9999999',
  }
  const main = join(process.cwd(), 'src/runtimes/node/main.ts')
  const child = spawn(process.execPath, [main], {
    env,
    cwd: working,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let heard = ''
    const listen = (chunk: Buffer) => {
      heard += chunk
      const url = /"url":"([^"]+)"/.exec(heard)?.[1]
      if (!url) return
      child.stdout!.off('data', listen).resume()
      resolve(nodeOf(child, url))
    }
    child.stdout!.on('data', listen)
    child.on('exit', (code) => reject(new Error(`a node ended with ${code}: ${heard}`)))
  })
}

function nodeOf(child: ChildProcess, url: string): Node {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
    agent.destroy()
  }
  return {
    url,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    call(method, path, body, key) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${adminKey}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      }
      return new Promise((resolve) => {
        const gone = () => resolve({ status: 0, text: '', retryAfter: undefined })
        const asked = request(`${url}${path}`, { method, headers, agent }, (response) => {
          let heard = ''
          response.setEncoding('utf8')
          response.on('data', (chunk) => {
            heard += chunk
          })
          response.on('error', gone)
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              text: heard,
              retryAfter: response.headers['retry-after'],
            }),
          )
        })
        asked.on('error', gone)
        asked.end(text)
      })
    },
  }
}

export async function must(node: Node, path: string, body: object): Promise<any> {
  const { status, text } = await node.call('POST', path, body)
  if (status < 200 || status > 299) throw new Error(`${path}: ${status} ${text}`)
  return JSON.parse(text)
}
