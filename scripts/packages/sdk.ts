import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { pageNames } from '../../src/http/pages.ts'
import { writeDeclarations } from './declarations.ts'
import { interfaceTypes } from './interface-types.ts'
import { common, pick, readManifest, writeManifest } from './manifest.ts'

/** Entry points of `@procura/sdk`, by the name under which they are imported. */
const entries = {
  '.': 'src/sdk/index.ts',
  './client': 'src/sdk/client.ts',
  './holder': 'src/sdk/holder.ts',
  './verifier': 'src/sdk/verifier.ts',
  './hono': 'src/sdk/hono.ts',
} as const

/** Which conditions of an import lead to which build; the first that the runtime knows counts. */
const builds = { workerd: 'web', browser: 'web', 'react-native': 'web', node: 'node' } as const

/** Only JSON-LD beyond the bundled contexts, selective disclosure and busy verifiers need these. */
const optional = [
  '@digitalbazaar/di-sd-primitives',
  'cborg',
  'jsonld',
  'rdf-canonize',
  'sodium-native',
] as const
const installed = [
  '@cfworker/json-schema',
  '@noble/ed25519',
  '@scure/base',
  'hono',
  'ipaddr.js',
  'structured-headers',
] as const

/** Builds `@procura/sdk`: JavaScript for Node and for the Web, with types and source maps. */
export async function buildSdk(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = Object.values(entries)
  const instead = { 'src/sdk/client-types.ts': await interfaceTypes() }
  const undeclared = [...writeDeclarations(files, join(folder, 'types'), instead)].filter(
    (name) => !installed.some((one) => name === one || name.startsWith(`${one}/`)),
  )
  if (undeclared.length > 0)
    throw new Error(`the SDK's types name packages that it does not install: ${undeclared}`)
  for (const platform of ['node', 'web'] as const)
    await build({
      entryPoints: files,
      outdir: join(folder, platform),
      outbase: 'src/sdk',
      bundle: true,
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      format: 'esm',
      platform: platform === 'node' ? 'node' : 'neutral',
      conditions: [platform === 'node' ? 'node' : 'browser'],
      target: 'es2022',
      packages: 'external',
      alias: { '#platform': `./src/sdk/platform/${platform}.ts` },
      sourcemap: true,
      legalComments: 'none',
    })
  writeManifest(folder, manifest())
  cpSync('LICENSE', join(folder, 'LICENSE'))
  cpSync('docs/sdk.md', join(folder, 'README.md'))
  cpSync('llms.txt', join(folder, 'llms.txt'))
  for (const name of pageNames)
    cpSync(name === 'README.md' ? name : `docs/${name}`, join(folder, 'docs', name))
}

function manifest(): object {
  const { dependencies, optionalDependencies } = readManifest()
  const versions = { ...dependencies, ...optionalDependencies }
  return {
    name: '@procura/sdk',
    ...common(),
    description:
      'Hold, present, delegate and verify task permissions of AI agents, and call a Procura service.',
    engines: { node: '>=20.12' },
    sideEffects: false,
    exports: Object.fromEntries([
      ...Object.entries(entries).map(([name, file]) => [name, conditionsOf(file)]),
      ['./package.json', './package.json'],
    ]),
    files: ['node', 'web', 'types', 'docs', 'llms.txt'],
    dependencies: pick(versions, installed),
    peerDependencies: pick(versions, optional),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
  }
}

function conditionsOf(file: string): object {
  const script = file.replace('src/sdk/', '').replace(/\.ts$/, '.js')
  return {
    types: `./types/${file.replace(/\.ts$/, '.d.ts')}`,
    ...Object.fromEntries(
      Object.entries(builds).map(([condition, build]) => [condition, `./${build}/${script}`]),
    ),
    default: `./web/${script}`,
  }
}
