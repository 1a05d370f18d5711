import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inherited } from '../inherited.ts'
import { postgresForTests } from '../postgres-server.ts'

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')
const postgres = {
  PROCURA_MASTER_KEY: masterKey,
  PROCURA_PUBLIC_URL: 'https://iam.acme.example',
}

/** Starts the service in a process of its own, which must end by itself. @returns what it tells. */
async function startsAndEnds(environment: Readonly<Record<string, string>>, limit = '') {
  const child = spawn(
    '/bin/sh',
    ['-c', `${limit} exec "${process.execPath}" src/runtimes/node/main.ts`],
    {
      env: { ...inherited, PROCURA_PORT: '0', ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let told = ''
  child.stderr.on('data', (chunk) => (told += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  return `${code}: ${told}`
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'procura-cannot-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('an unusable PostgreSQL ends the start with one sentence: what, where, what to do', async () => {
  const at = (url: string) => startsAndEnds({ ...postgres, PROCURA_DATABASE_URL: url })
  const sentence = (of: string) => `1: procura cannot start: PostgreSQL at ${of}.\n`

  expect(
    await Promise.all([
      at('postgres://ada:secret@127.0.0.1:1/iam'),
      at('postgres://ada:secret@nowhere.invalid/iam'),
    ]),
  ).toEqual([
    sentence(
      '127.0.0.1:1 cannot be used (ECONNREFUSED): nothing listens there: start it, or correct PROCURA_DATABASE_URL',
    ),
    expect.stringMatching(
      /^1: procura cannot start: PostgreSQL at nowhere\.invalid cannot be used \((ENOTFOUND|EAI_AGAIN)\): [^\n]*\.\n$/,
    ),
  ])
})

test('a PostgreSQL without the named database ends the start with one sentence', async (context) => {
  const server = await postgresForTests()
  if (!server) return context.skip('there is no PostgreSQL here')
  onTestFinished(() => server.stop())
  const url = new URL(await server.newDatabase())
  url.pathname = '/nobody-made-this'

  expect(await startsAndEnds({ ...postgres, PROCURA_DATABASE_URL: url.href })).toBe(
    `1: procura cannot start: PostgreSQL at ${url.host} cannot be used (3D000): it has no database nobody-made-this: create it first.\n`,
  )
})

test('an unusable data folder ends the start with one sentence: no folder, no database, no space', async () => {
  const home = folder()
  const file = join(home, 'file')
  writeFileSync(file, '')
  const occupied = join(home, 'occupied')
  mkdirSync(join(occupied, 'procura.db'), { recursive: true })
  const full = join(home, 'full')

  const told = await Promise.all([
    startsAndEnds({ PROCURA_DATA: file }),
    startsAndEnds({ PROCURA_DATA: join(file, 'below') }),
    startsAndEnds({ PROCURA_DATA: occupied, PROCURA_MASTER_KEY: masterKey }),
    // What is written beyond this size fails, as on a disk that is full.
    startsAndEnds({ PROCURA_DATA: full }, "trap '' XFSZ; ulimit -S -f 64;"),
  ])

  const advice =
    'PROCURA_DATA must name a folder that this user owns and may write, on a disk with free space.\n'
  expect(told).toEqual([
    `1: procura cannot start: the data folder ${file} cannot be used (EEXIST): ${advice}`,
    `1: procura cannot start: the data folder ${file}/below cannot be used (ENOTDIR): ${advice}`,
    `1: procura cannot start: the database ${occupied}/procura.db cannot be opened.\n`,
    expect.stringMatching(
      /^1: procura cannot start: the data folder [^\n]*full cannot be used \((disk I\/O error|database or disk is full)\): [^\n]*\.\n$/,
    ),
  ])
})

test('a port in use, and a master key that is a folder, end the start with one sentence', async () => {
  const home = folder()
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const key = join(home, 'key')
  mkdirSync(key, { mode: 0o700 })

  expect(
    await Promise.all([
      startsAndEnds({ PROCURA_DATA: join(home, 'a'), PROCURA_PORT: String(port) }),
      startsAndEnds({ PROCURA_DATA: join(home, 'b'), PROCURA_MASTER_KEY_FILE: key }),
    ]),
  ).toEqual([
    `1: procura cannot start: cannot listen on 127.0.0.1:${port} (EADDRINUSE): another service uses it: stop that one, or set PROCURA_PORT.\n`,
    `1: procura cannot start: the master key in ${key} cannot be read (EISDIR).\n`,
  ])
})
