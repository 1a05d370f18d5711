import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { environmentOfAll } from './service.ts'
import type { Stage } from './stage.ts'

type Environment = Readonly<Record<string, string>>

/** Runs one of our programs to its end. */
export function run(
  script: string,
  args: readonly string[],
  environment: Environment,
  cwd: string,
) {
  const env = { ...environmentOfAll, ...environment }
  const options = { cwd, env, timeout: 30_000 }
  return new Promise<{ code: number; out: string; error: string }>((done) =>
    execFile(process.execPath, [resolve(script), ...args], options, (error, out, stderr) =>
      done({ code: error ? Number(error.code) : 0, out, error: stderr }),
    ),
  )
}

/** A folder that goes when the attack is over. */
export function temporary(stage: Stage): string {
  const folder = mkdtempSync(join(tmpdir(), 'procura-attack-'))
  stage.after(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
