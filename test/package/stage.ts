import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Service {
  readonly url: string
  readonly apiKey: string
  stop(): Promise<void>
}

/** Builds a package, unless it was built from the present sources. Test files may ask at the same time. */
export async function buildOnce(name: 'sdk' | 'procura'): Promise<void> {
  const stamp = resolve('packages', `.${name}.json`)
  const sources = execFileSync(
    'git',
    ['ls-files', '-z', '--', 'src', 'scripts', 'docs', 'package.json'],
    {
      encoding: 'utf8',
    },
  )
    .split('\0')
    .filter((file) => file !== '' && existsSync(file))
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs))
  const isFresh = () => existsSync(stamp) && statSync(stamp).mtimeMs > newest
  const lock = resolve('packages', `.${name}.lock`)
  mkdirSync('packages', { recursive: true })
  while (!isFresh()) {
    try {
      mkdirSync(lock)
    } catch {
      await new Promise((next) => setTimeout(next, 100))
      continue
    }
    try {
      execFileSync('node', ['scripts/build-packages.ts', name])
      writeFileSync(stamp, '{}')
    } finally {
      rmSync(lock, { recursive: true })
    }
  }
}

/** Packs a built package and returns the tarball. */
export function pack(name: 'sdk' | 'procura', folder: string): string {
  const [{ filename }] = JSON.parse(
    execFileSync(
      'npm',
      ['pack', '--json', '--pack-destination', folder, resolve('packages', name)],
      {
        encoding: 'utf8',
      },
    ),
  ) as [{ filename: string }]
  return join(folder, filename)
}

/** An empty folder of somebody who installs us. */
export function newConsumer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'procura-consumer-'))
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    scripts: { node: 'node --version' },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return folder
}

/** Installs packages from the npm registry, or tarballs. */
export function install(folder: string, ...packages: readonly string[]): void {
  const options = ['--no-audit', '--no-fund', '--silent', '--save-exact']
  execFileSync('npm', ['install', ...options, ...packages], { cwd: folder, stdio: 'inherit' })
}

/**
 * Puts the SDK and what it depends on into a folder as npm would, from the copies that are here, so
 * that a test needs no network.
 */
export function installFromHere(folder: string): void {
  const sdk = join(folder, 'node_modules/@procura/sdk')
  mkdirSync(sdk, { recursive: true })
  cpSync('packages/sdk', sdk, { recursive: true })
  const { dependencies } = JSON.parse(readFileSync('packages/sdk/package.json', 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  for (const name of Object.keys(dependencies))
    cpSync(join('node_modules', name), join(folder, 'node_modules', name), { recursive: true })
}

/** Starts a service by a command, in a folder, on a free port. */
export function startService(
  command: readonly [string, ...string[]],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const [program, ...args] = command
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH!, PROCURA_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let heard = ''
  return new Promise((found, failed) => {
    const listen = (chunk: Buffer) => {
      heard += chunk
      const url = /"url":"([^"]+)"/.exec(heard)?.[1]
      const apiKey = /procura_[\w-]{60,}/.exec(heard)?.[0]
      const stop = () =>
        new Promise<void>((stopped) => {
          child.once('exit', () => stopped())
          child.kill('SIGTERM')
        })
      if (url && apiKey) found({ url, apiKey, stop })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('exit', (code) => failed(new Error(`the service ended with ${code}:\n${heard}`)))
  })
}
