import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** `npm run deploy:check`: bundles both Workers as a deployment would, and fails if one is too large. */
const workers = [
  { config: 'wrangler.toml', file: 'main.js', maxKibibytes: 3 * 1024 },
  { config: 'wrangler.verifier.toml', file: 'verifier.js', maxKibibytes: 1024 },
] as const

let failed = false
for (const { config, file, maxKibibytes } of workers) {
  const folder = mkdtempSync(join(tmpdir(), 'procura-deploy-'))
  execFileSync('wrangler', ['deploy', '--dry-run', '--config', config, '--outdir', folder], {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kibibytes = gzipSync(readFileSync(join(folder, file))).length / 1024
  const fits = kibibytes <= maxKibibytes
  failed ||= !fits
  console.log(
    `${fits ? '✓' : '✗'} ${config}: ${kibibytes.toFixed(0)} KiB gzip, at most ${maxKibibytes}`,
  )
  rmSync(folder, { recursive: true })
}
process.exit(failed ? 1 : 0)
