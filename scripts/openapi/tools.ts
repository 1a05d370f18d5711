import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The linters and generators, which have a lock file of their own: `npm ci` does not bring them. */
export const toolsFolder = fileURLToPath(new URL('../../tools/openapi/', import.meta.url))

const inTools = (...path: readonly string[]) => join(toolsFolder, ...path)

/** Installs the tools unless they are there as the lock file says. */
export function installTools(): void {
  const installed = inTools('node_modules', '.package-lock.json')
  const isCurrent =
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(inTools('package-lock.json')).mtimeMs
  if (!isCurrent) run('npm', ['ci', '--prefix', toolsFolder, '--ignore-scripts', '--no-progress'])
}

/** Runs one of the tools. */
export const runTool = (name: string, ...given: readonly string[]): void =>
  run(process.execPath, [inTools('node_modules', '.bin', name), ...given])

function run(program: string, given: readonly string[]): void {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const { status } = spawnSync(program, given, { stdio: 'inherit', env, cwd: toolsFolder })
  if (status !== 0) throw new Error(`${program} ${given.join(' ')} failed`)
}
