import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getPlatformProxy } from 'wrangler'
import type { D1Binding } from '../../src/adapters/storage/d1/d1.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'

/** Wrangler asks nobody outside: no telemetry, no description of a data center. */
const offline = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: 'true' }

/** Empty D1 databases with our migrations applied, in a workerd of their own. */
export async function d1Databases(count: number) {
  Object.assign(process.env, offline)
  const folder = mkdtempSync(join(tmpdir(), 'procura-d1-'))
  const names = Array.from({ length: count }, (_, i) => `DATABASE_${i}`)
  const configPath = join(folder, 'wrangler.json')
  writeFileSync(
    configPath,
    JSON.stringify({
      name: 'contracts',
      compatibility_date: '2026-10-01',
      d1_databases: names.map((binding) => ({
        binding,
        database_name: binding,
        database_id: binding,
      })),
    }),
  )
  const { env, dispose } = await getPlatformProxy<Record<string, D1Binding>>({
    configPath,
    persist: false,
  })
  let opened = 0
  return {
    async open(): Promise<D1Binding> {
      const d1 = env[names[opened++]!]!
      await migrate(d1)
      return d1
    },
    async stop() {
      await dispose()
      rmSync(folder, { recursive: true })
    },
  }
}

/** What `wrangler d1 migrations apply` does. */
async function migrate(d1: D1Binding): Promise<void> {
  for (const { sql } of loadMigrations()) {
    const statements = sql
      .replaceAll(/--[^\n]*/g, '')
      .split(/;\s*(?:\n|$)/)
      .filter((text) => text.trim() !== '')
    await d1.batch(statements.map((text) => d1.prepare(text)))
  }
}

export interface Workerd {
  readonly url: string
  /** Stops it; its folder goes, where it was made here. */
  stop(): Promise<void>
}

/** `wrangler dev` with one of our configurations, on a folder of its own, or on one that is named. */
export async function startWorkerd(
  config: string,
  variables: Readonly<Record<string, string>>,
  named?: string,
): Promise<Workerd> {
  const folder = named ?? mkdtempSync(join(tmpdir(), 'procura-edge-'))
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'variables')
  writeFileSync(
    file,
    Object.entries(variables)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  )
  const port = await freePort()
  const common = ['--config', resolve(config), '--local', '--persist-to', folder]
  const environment = { ...process.env, ...offline }
  if (config === 'wrangler.toml')
    await runWrangler(['d1', 'migrations', 'apply', 'DATABASE', ...common])
  const child = spawn(
    process.execPath,
    [
      wrangler,
      'dev',
      ...common,
      '--env-file',
      file,
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--inspector-port',
      '0',
      '--show-interactive-dev-session',
      'false',
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // It has ended by itself.
    }
  }
  process.on('exit', () => kill())
  let heard = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      heard = `${heard}${chunk}`.slice(-20_000)
    })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; !heard.includes(`Ready on ${url}`); tries++) {
    if (child.exitCode !== null || tries > 600)
      throw new Error(`wrangler dev did not start: ${heard}`)
    await new Promise((next) => setTimeout(next, 50))
  }
  let isStopped = false
  return {
    url,
    async stop() {
      if (isStopped) return
      isStopped = true
      const ended = new Promise((next) => child.once('exit', next))
      // Asked first: it clears its temporary files away.
      kill('SIGINT')
      const impatient = setTimeout(kill, 5_000)
      await ended
      clearTimeout(impatient)
      if (!named) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Run by the Node that runs this, whatever lies on the PATH. */
const wrangler = resolve('node_modules/wrangler/bin/wrangler.js')

export function runWrangler(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...args], {
    env: { ...process.env, ...offline },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let heard = ''
  child.stderr.on('data', (chunk) => {
    heard += chunk
  })
  return new Promise((done, reject) =>
    child.on('exit', (code) =>
      code === 0 ? done() : reject(new Error(`wrangler ${args.join(' ')}: ${heard}`)),
    ),
  )
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
