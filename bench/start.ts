import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeParty, permissionDocument, secure } from './fixtures.ts'
import { type Line, median } from './measure.ts'

/** From process start to the first verified credential, with the SDK's verifier only. */
export async function benchStart(): Promise<readonly Line[]> {
  const [issuer, holder] = [makeParty(), makeParty()]
  const now = Date.now()
  const { credentialStatus: _, ...document } = permissionDocument(issuer, holder, holder.did, now)
  const credential = await secure(document, issuer, now)
  const folder = mkdtempSync(join(tmpdir(), 'procura-start-'))
  const empty = join(folder, 'empty.mjs')
  const first = join(folder, 'first.mjs')
  writeFileSync(empty, '')
  writeFileSync(
    first,
    `import { makeVerifier } from ${JSON.stringify(new URL('../src/sdk/verifier.ts', import.meta.url).href)}
const verifier = makeVerifier({ audience: ${JSON.stringify(holder.did)}, trustedIssuers: { [${JSON.stringify(issuer.did)}]: ['TaskPermissionCredential'] } })
const { verified, reason } = await verifier.verifyCredential(${JSON.stringify(credential)})
if (!verified) throw new Error(reason)
process.exit(0)`,
  )
  const run = (file: string, cache?: string): number => {
    const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
    const started = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', env })
    if (status !== 0) throw new Error(stderr)
    return performance.now() - started
  }
  const cache = join(folder, 'cache')
  run(first, cache)
  const times = { empty: [] as number[], first: [] as number[], cached: [] as number[] }
  for (let round = 0; round < 15; round++) {
    times.empty.push(run(empty))
    times.first.push(run(first))
    times.cached.push(run(first, cache))
  }
  rmSync(folder, { recursive: true })
  const base = median(times.empty)
  const above = `above an empty process, which takes ${base.toFixed(0)} ms`
  return [
    {
      what: "start to first verified credential, client's verifier",
      ratio: median(times.cached) - base,
      unit: 'ms',
      goal: 60,
      detail: `${above}; NODE_COMPILE_CACHE is set`,
    },
    {
      what: 'the same, types stripped anew at every start',
      ratio: median(times.first) - base,
      unit: 'ms',
      goal: undefined,
      detail: above,
    },
  ]
}
