import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** Module specifiers of imports, exports and import types in a declaration file. */
const specifier = /(\bfrom\s+|\bimport\(|\bimport\s+)(["'])([^"']+)\2/g

/**
 * Writes the type declarations of entry points and of what they refer to, and nothing else.
 *
 * @param folder to write to. Source files keep their place below it: src/sdk/client.ts becomes
 *   src/sdk/client.d.ts.
 * @param instead declarations to write instead of the compiler's, by source file.
 * @returns the packages that the declarations import.
 */
export function writeDeclarations(
  entries: readonly string[],
  folder: string,
  instead: Readonly<Record<string, string>> = {},
): ReadonlySet<string> {
  const all = emitAll(entries)
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const source = relative(all, file).replace(/\.d\.ts$/, '.ts')
    const text = (instead[source] ?? readFileSync(file, 'utf8')).replace(
      specifier,
      (whole, before: string, quote: string, name: string) => {
        if (!name.startsWith('.')) {
          packages.add(name)
          return whole
        }
        const target = resolve(dirname(file), name)
        if (/\.[jt]s$/.test(target)) visit(target.replace(/\.[jt]s$/, '.d.ts'))
        return `${before}${quote}${name.replace(/\.ts$/, '.js')}${quote}`
      },
    )
    const out = join(folder, relative(all, file))
    mkdirSync(dirname(out), { recursive: true })
    writeFileSync(out, text)
  }
  for (const entry of entries) visit(join(all, entry.replace(/\.ts$/, '.d.ts')))
  rmSync(all, { recursive: true })
  return packages
}

/** Has the compiler write every declaration to a temporary folder, and returns the folder. */
function emitAll(entries: readonly string[]): string {
  const folder = resolve('packages/.declarations')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'tsconfig.json')
  const ambient = ['src/linked-data/packages.d.ts', 'src/adapters/crypto/packages.d.ts'].filter(
    existsSync,
  )
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    outDir: '.',
    rootDir: '../..',
  }
  const files = [...entries, ...ambient].map((file) => resolve(file))
  writeFileSync(
    config,
    JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, include: [], files }),
  )
  execFileSync('tsc', ['-p', config], { stdio: 'inherit' })
  return folder
}
