import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Package {
  readonly version: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
const packages: Readonly<Record<string, Package>> = read('package-lock.json').packages

/** Where Node would find a dependency of a package: beside it, or in a folder above. */
function locate(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (packages[path]) return path
    if (at === '') return undefined
  }
}

test('the lock file has the packages of every platform, so that npm ci works on all of them', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !locate(path, name))
      .map((name) => `${path || 'the project'} wants ${name}`),
  )

  expect(missing).toEqual([])
})

test('the lock file names no registry, so npm uses the one it is configured for', () => {
  const tools: typeof packages = read('tools/openapi/package-lock.json').packages
  const named = [...Object.entries(packages), ...Object.entries(tools)].filter(
    ([, { resolved }]) => resolved !== undefined,
  )

  expect(named).toEqual([])
})

test('every dependency has one exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json')
  const tools = read('tools/openapi/package.json').devDependencies
  const loose = Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
    ...tools,
  }).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version as string))

  expect(loose).toEqual([])
})
