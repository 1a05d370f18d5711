import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeParty, permissionDocument, secure } from './fixtures.ts'
import { type Line, median } from './measure.ts'

/** From process start to the first verified credential, with the SDK's verifier only, as it is published. */
export async function benchStart(): Promise<readonly Line[]> {
  const [issuer, holder] = [makeParty(), makeParty()]
  const now = Date.now()
  const { credentialStatus: _, ...document } = permissionDocument(issuer, holder, holder.did, now)
  const credential = await secure(document, issuer, now)
  execFileSync('node', ['scripts/build-packages.ts', 'sdk'], { stdio: 'ignore' })
  const folder = mkdtempSync(join(tmpdir(), 'procura-start-'))
  const empty = join(folder, 'empty.mjs')
  const first = join(folder, 'first.mjs')
  const verifier = new URL('../packages/sdk/node/verifier.js', import.meta.url).href
  writeFileSync(empty, '')
  writeFileSync(
    first,
    `import { makeVerifier } from ${JSON.stringify(verifier)}
const verifier = makeVerifier({ audience: ${JSON.stringify(holder.did)}, trustedIssuers: { [${JSON.stringify(issuer.did)}]: ['TaskPermissionCredential'] } })
const { verified, reason } = await verifier.verifyCredential(${JSON.stringify(credential)})
if (!verified) throw new Error(reason)
process.exit(0)`,
  )
  const run = (file: string): number => {
    const started = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return performance.now() - started
  }
  const times = { empty: [] as number[], first: [] as number[] }
  for (let round = 0; round < 15; round++) {
    times.empty.push(run(empty))
    times.first.push(run(first))
  }
  rmSync(folder, { recursive: true })
  const base = median(times.empty)
  return [
    {
      what: 'start to first verified credential, the SDK as published',
      ratio: median(times.first) - base,
      unit: 'ms',
      goal: 30,
      detail: `above an empty process, which takes ${base.toFixed(0)} ms`,
    },
  ]
}
