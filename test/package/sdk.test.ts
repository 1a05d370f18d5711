import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toMultibase58 } from '../../src/foundation/encoding.ts'
import { buildOnce, installFromHere, newConsumer } from './stage.ts'

let folder: string

beforeAll(async () => {
  await buildOnce('sdk')
  folder = newConsumer()
  installFromHere(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (script: string): string => {
  writeFileSync(join(folder, 'script.mjs'), script)
  return execFileSync(process.execPath, ['script.mjs'], { cwd: folder, encoding: 'utf8' })
}
const manifest = () =>
  JSON.parse(readFileSync('packages/sdk/package.json', 'utf8')) as {
    readonly dependencies: object
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  }
const everyFile = () =>
  readdirSync('packages/sdk', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))

test('every entry point of the SDK can be imported from where it is installed', () => {
  const names = Object.keys(manifest().exports).filter((name) => name !== './package.json')
  const imports = names.map((name) => `await import('@procura/sdk${name.slice(1)}')`)

  const counts = JSON.parse(
    run(`console.log(JSON.stringify([${imports}].map((entry) => Object.keys(entry).length > 0)))`),
  )

  expect(names).toEqual(['.', './client', './holder', './verifier', './hono'])
  expect(counts).toEqual(names.map(() => true))
})

test('the SDK installs six packages and nothing of the service', () => {
  expect(Object.keys(manifest().dependencies)).toEqual([
    '@cfworker/json-schema',
    '@noble/ed25519',
    '@scure/base',
    'hono',
    'ipaddr.js',
    'structured-headers',
  ])
})

test('every file that the SDK’s exports name is in the package', () => {
  const named = Object.values(manifest().exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  const files = new Set(everyFile().map((file) => `./${file.slice('packages/sdk/'.length)}`))

  expect(named.filter((file) => !files.has(file))).toEqual([])
})

test('the build for the Web imports nothing of Node, and no file names a path of this machine', () => {
  const files = everyFile()
  const web = files.filter((file) => file.startsWith('packages/sdk/web') && file.endsWith('.js'))

  const ofNode = web.filter((file) => /["']node:/.test(readFileSync(file, 'utf8')))
  const withPaths = files.filter((file) => readFileSync(file, 'utf8').includes(resolve('.')))

  expect([ofNode, withPaths]).toEqual([[], []])
})

test('a verifier, bundled and minified without JSON-LD, takes at most 60 kB gzip', async () => {
  const isJsonLd = /(?:canonicalize|hidden-members|defined-terms|published-contexts|ecdsa-sd)-/
  writeFileSync(join(folder, 'verifier.js'), `export { makeVerifier } from '@procura/sdk/verifier'`)

  const { outputFiles } = await build({
    entryPoints: [join(folder, 'verifier.js')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    plugins: [
      {
        name: 'without JSON-LD',
        setup: ({ onResolve }) => {
          onResolve({ filter: isJsonLd }, ({ kind, path }) =>
            kind === 'dynamic-import' ? { external: true, path } : undefined,
          )
        },
      },
    ],
  })

  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
  expect(bytes).toBeLessThanOrEqual(60_000)
  // Less would mean that the bundle lacks the verifier.
  expect(bytes).toBeGreaterThan(30_000)
})

test('an optional package that is missing is named, with the command that installs it', () => {
  const output = run(`
    import { makeVerifier } from '@procura/sdk'
    const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
    const verifier = makeVerifier({ audience: did, trustedIssuers: {} })
    const proof = {
      type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022', proofPurpose: 'assertionMethod',
      verificationMethod: did + '#' + did.slice(8), created: '2026-01-01T00:00:00Z',
      proofValue: '${toMultibase58(new Uint8Array(64).fill(1))}',
    }
    const credential = {
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
      type: ['VerifiableCredential'], issuer: did, credentialSubject: { id: did, note: { '@value': 'a', '@language': 'en' } }, proof,
    }
    const problem = await verifier.verifyCredential(credential).catch((error) => error)
    console.log(problem.code, problem.message)
  `)

  expect(output.trim()).toBe(
    'package_missing this credential needs the package jsonld, which is not installed: run "npm install jsonld"',
  )
})
