import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Server {
  readonly url: string
  readonly apiKey: string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** The service as a separate process, on a temporary folder, without limits. */
export function startServer(
  environment: Readonly<Record<string, string>> = {},
  folder = mkdtempSync(join(tmpdir(), 'procura-')),
  core?: number,
): Promise<Server> {
  const command = [process.execPath, 'src/runtimes/node/main.ts']
  if (core !== undefined) command.unshift('taskset', '-c', String(core))
  const child = spawn(command[0]!, command.slice(1), {
    env: {
      PATH: process.env.PATH,
      ...(environment.PROCURA_DATABASE_URL === undefined ? { PROCURA_DATA: folder } : {}),
      PROCURA_PORT: '0',
      PROCURA_LOG: 'info',
      PROCURA_RATE_PER_SECOND: '9999999',
      PROCURA_RATE_BURST: '9999999',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let heard = ''
    const listen = (chunk: Buffer) => {
      if (heard.length < 100_000) heard += chunk
      const url = /"url":"([^"]+)"/.exec(heard)?.[1]
      const apiKey = environment.PROCURA_ADMIN_KEY ?? /procura_[\w-]{65}/.exec(heard)?.[0]
      if (!url || !apiKey) return
      // Read and discarded: a full pipe would block the service.
      for (const stream of [child.stdout, child.stderr]) stream.off('data', listen).resume()
      const stop = async () => {
        const ended = new Promise((done) => child.once('exit', done))
        child.kill('SIGTERM')
        await ended
        rmSync(folder, { recursive: true, force: true })
      }
      resolve({ url, apiKey, process: child, stop })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}: ${heard}`)))
  })
}
