import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Versions = Readonly<Record<string, string>>

export interface Manifest {
  readonly version: string
  readonly license: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly dependencies: Versions
  readonly optionalDependencies: Versions
}

export const readManifest = (): Manifest =>
  JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** What both packages say of themselves. */
export function common(): object {
  const { version, license, keywords } = readManifest()
  return { version, license, keywords, type: 'module' }
}

/** @throws Error if the repository does not depend on one of them. */
export function pick(versions: Versions, names: readonly string[]): Versions {
  return Object.fromEntries(
    names.map((name) => {
      const version = versions[name]
      if (version === undefined) throw new Error(`package.json names no version of ${name}`)
      return [name, version]
    }),
  )
}

export const writeManifest = (folder: string, manifest: object): void =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
