import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Environment } from '../../src/composition/config.ts'
import { type Actors, actors } from '../world.ts'

/** A started service, and those who call it. */
export interface Target extends Actors {
  readonly processId: number
  /** Its data folder. */
  readonly folder: string
  /** All that the process has written to its output so far. */
  output(): string
  /** Puts the clock of the process forward, or back. Only of one that was started with a movable clock. */
  moveClock(milliseconds: number): Promise<void>
  putClockRight(): Promise<void>
  stop(): Promise<void>
}

export interface StartOptions {
  readonly environment?: Environment
  readonly hasMovableClock?: boolean
  readonly nodeOptions?: readonly string[]
}

export const publicUrl = 'https://iam.acme.example'
const adminKey = `procura_${randomBytes(16).toString('base64url')}${randomBytes(32).toString('base64url')}`

/** What all nodes on one database are given. */
export const sharedKeys = {
  PROCURA_ADMIN_KEY: adminKey,
  PROCURA_MASTER_KEY: randomBytes(32).toString('base64url'),
}

/** Kept from run to run, beside what other tools keep there. */
const compiled = resolve('node_modules/.cache/procura-attack')

/** The environment of every process: types are stripped once for all of them. */
export const environmentOfAll = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled }

/** Starts the service as users do, as a process with a data folder of its own and a free port. */
export async function startTarget({
  environment = {},
  hasMovableClock = false,
  nodeOptions = [],
}: StartOptions = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-attack-'))
  const main = hasMovableClock ? 'test/attack/service-process.ts' : 'src/runtimes/node/main.ts'
  const child = spawn(process.execPath, [...nodeOptions, main], {
    env: {
      ...environmentOfAll,
      ...(environment.PROCURA_DATABASE_URL === undefined ? { PROCURA_DATA: folder } : {}),
      PROCURA_PORT: '0',
      PROCURA_PUBLIC_URL: publicUrl,
      PROCURA_RATE_BURST: '1000000',
      PROCURA_RATE_PER_SECOND: '1000000',
      PROCURA_ADMIN_KEY: adminKey,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(hasMovableClock ? (['ipc'] as const) : [])],
  })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const output = listenTo(child)
  const url = await output.url.catch((error: Error) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const { PROCURA_PUBLIC_URL: own = publicUrl, PROCURA_ADMIN_KEY: key = adminKey } = environment
  let offset = 0
  const moveClock = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      offset += milliseconds
      child.once('message', () => resolve())
      child.send(milliseconds)
    })
  return {
    ...actors(url, own, key),
    processId: child.pid!,
    folder,
    output: output.text,
    moveClock,
    putClockRight: () => moveClock(-offset),
    async stop() {
      process.off('exit', kill)
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        const impatient = setTimeout(kill, 3_000)
        await ended
        clearTimeout(impatient)
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Longest output that is kept: of what comes after, the newest. */
const maxOutput = 2_000_000

function listenTo(child: ChildProcess) {
  let heard = ''
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => {
        heard = `${heard}${chunk}`.slice(-maxOutput)
        const found = /"url":"([^"]+)"/.exec(heard)?.[1]
        if (found) resolve(found)
      })
    child.on('exit', (code, signal) =>
      reject(new Error(`the service ended with ${code ?? signal}: ${heard.slice(-2_000)}`)),
    )
  })
  return { url, text: () => heard }
}
