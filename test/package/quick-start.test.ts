import { execFileSync, spawn } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import * as sdk from '../../src/sdk/index.ts'
import { read } from '../../src/sdk/index.ts'
import { freePort } from '../postgres-server.ts'
import { world } from '../world.ts'
import { buildOnce, installFromHere, newConsumer } from './stage.ts'

let folder: string

beforeAll(async () => {
  await buildOnce('sdk')
  folder = newConsumer()
  installFromHere(folder)
  cpSync('node_modules/@hono', join(folder, 'node_modules/@hono'), { recursive: true })
  cpSync('node_modules/@types', join(folder, 'node_modules/@types'), { recursive: true })
  cpSync('node_modules/undici-types', join(folder, 'node_modules/undici-types'), {
    recursive: true,
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

const readme = readFileSync('README.md', 'utf8')
const program = (name: string): string =>
  new RegExp(`^\`\`\`ts ${name.replace('.', '\\.')}\\n(.*?)^\`\`\``, 'ms').exec(readme)![1]!

/** Examples in docstrings, by the file and line that they begin at. */
function examples(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const files = execFileSync('ls', ['src/sdk'], { encoding: 'utf8' }).match(/[\w-]+\.ts/g)!
  for (const file of files) {
    const text = readFileSync(join('src/sdk', file), 'utf8')
    for (const { 1: body, index } of text.matchAll(/@example\n((?: \* {3}.*\n| \*\n)+)/g))
      found.set(
        `${file}-${text.slice(0, index).split('\n').length}`,
        body!.replaceAll(/^ \* ?/gm, ''),
      )
  }
  return found
}

/** Programs of the pages by role, by page and line. They import what they use. */
function programs(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const page of ['agents', 'hosts', 'issuers']) {
    const text = readFileSync(`docs/sdk-${page}.md`, 'utf8')
    for (const { 1: body, index } of text.matchAll(/^```ts\n(.*?)^```/gms))
      found.set(`${page}-${text.slice(0, index).split('\n').length}`, body!)
  }
  return found
}

/** What a program takes as given, but for what it declares itself. */
const given = (body: string): string =>
  declarations.replaceAll(/^(?:declare )?const (\w+).*\n/gm, (line, name: string) =>
    new RegExp(`const (?:${name}\\b|\\{[^}]*\\b${name}\\b)`).test(body) ? '' : line,
  )

const declarations = `
import type * as given from '@procura/sdk'
import { Hono } from 'hono'
declare const client: given.Client
declare const agent: given.Holder
declare const holder: given.Holder
declare const signer: given.Signer
declare const credential: given.JsonObject
declare const presentation: given.JsonObject
declare const ada: { readonly id: string }
declare const agentId: string
declare const apiKey: string
declare const challenge: string
declare const domain: string
declare const audience: given.Did
declare const subject: given.Did
declare const trustedIssuers: Readonly<Record<given.Did, readonly string[]>>
declare const resource: string
declare const purpose: string
declare const customers: readonly string[]
const app = new Hono()
`

test('the README’s programs and the examples of docstrings compile', () => {
  const sources = new Map<string, string>(
    [...examples()].map(([name, body]) => {
      const used = Object.keys(sdk).filter(
        (one) => new RegExp(`\\b${one}\\b`).test(body) && !new RegExp(`const ${one}\\b`).test(body),
      )
      const imports = `import { ${['type Did', ...used]} } from '@procura/sdk'
import { protect } from '@procura/sdk/hono'
`
      return [`example-${name}.ts`, `${given(body)}${imports}${body}`] as const
    }),
  )
  for (const [name, body] of programs()) sources.set(`page-${name}.ts`, given(body) + body)
  for (const name of ['agent.ts', 'verifier.ts']) sources.set(name, program(name))
  for (const [name, text] of sources) writeFileSync(join(folder, name), text)
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: [...sources.keys()] }),
  )

  const flaws = compile()

  expect(flaws).toBe('')
  expect(sources.size).toBeGreaterThanOrEqual(25)
})

test('the README’s agent reads the customers from the README’s verifier', async () => {
  const w = await world()
  const port = await freePort()
  const issuers = await read(w.admin.issuers.$get({ query: {} }))
  const environment = {
    ISSUER: issuers.items[0]!.did,
    PATH: process.env.PATH,
    PROCURA_URL: w.url,
    PROCURA_KEY: w.apiKey,
    PORT: String(port),
    LEDGER: `http://127.0.0.1:${port}`,
  }
  for (const name of ['agent.ts', 'verifier.ts']) writeFileSync(join(folder, name), program(name))
  const verifier = spawn(process.execPath, ['verifier.ts'], { cwd: folder, env: environment })
  onTestFinished(() => void verifier.kill())
  await answering(`${environment.LEDGER}/customers`)

  const agent = spawn(process.execPath, ['agent.ts'], { cwd: folder, env: environment })
  let said = ''
  for (const stream of [agent.stdout, agent.stderr]) stream.on('data', (chunk) => (said += chunk))
  await new Promise((ended) => agent.on('exit', ended))

  expect(said.trim()).toBe('200 {"customers":["Acme","Globex"],"allowedBy":"g1"}')
})

function compile(): string {
  try {
    execFileSync(resolve('node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await new Promise((next) => setTimeout(next, 50))
  }
  throw new Error(`nobody answers at ${url}`)
}
