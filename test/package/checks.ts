import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const tools = resolve('tools/package')

/** Installs the tools that have a lock file of their own, unless they are there. */
function installTools(): void {
  if (!existsSync(join(tools, 'node_modules')))
    execFileSync('npm', ['ci', '--silent'], { cwd: tools, stdio: 'inherit' })
}

/** Compiles a consumer's program with every check on, as Node and as bundlers resolve modules. */
export function checkTypes(folder: string, program: 'sdk' | 'veramo' = 'sdk'): string {
  installTools()
  const file = `consumer-${program}.ts`
  writeFileSync(join(folder, file), readFileSync(`test/package/${file}.txt`))
  const compilers = {
    'TypeScript of the repository': resolve('node_modules/.bin/tsc'),
    'TypeScript 5.9': join(tools, 'node_modules/.bin/tsc'),
  }
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])
    for (const compiler of Object.values(compilers)) {
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.iterable'],
        types: [],
        module,
        moduleResolution: resolution,
        strict: true,
        skipLibCheck: false,
        noEmit: true,
      }
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: [file] }),
      )
      try {
        execFileSync(compiler, ['-p', folder], { encoding: 'utf8' })
      } catch (error) {
        throw new Error(`${compiler}, ${resolution}:\n${(error as { stdout: string }).stdout}`)
      }
    }
  return `${Object.keys(compilers).join(' and ')}, nodenext and bundler`
}

/** What publint and arethetypeswrong say of the tarballs: nothing. */
export function checkPackages(tarballs: Readonly<Record<string, string>>): string {
  installTools()
  for (const tarball of Object.values(tarballs)) {
    run('publint', ['run', tarball, '--strict'])
    // The packages are modules only, on purpose.
    run('attw', [tarball, '--profile', 'esm-only'])
  }
  return Object.keys(tarballs).join(' and ')
}

function run(tool: string, args: readonly string[]): void {
  try {
    execFileSync(join(tools, 'node_modules/.bin', tool), args, { encoding: 'utf8' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${tool}:\n${stdout}${stderr}`)
  }
}
