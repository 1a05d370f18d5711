import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * `npm run deploy:check`: bundles both Workers as for a deployment, and fails if one is too large.
 */
const workers = [
  { config: 'wrangler.toml', maxKibibytes: 3 * 1024 },
  { config: 'wrangler.verifier.toml', maxKibibytes: 1024 },
] as const

let failed = false
for (const { config, maxKibibytes } of workers) {
  const folder = mkdtempSync(join(tmpdir(), 'procura-deploy-'))
  execFileSync('wrangler', ['deploy', '--dry-run', '--config', config, '--outdir', folder], {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // Code and WebAssembly; source maps and the README beside them are not uploaded.
  const bytes = readdirSync(folder)
    .filter((file) => /\.(js|wasm)$/.test(file))
    .reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)
  const kibibytes = bytes / 1024
  const fits = kibibytes <= maxKibibytes
  failed ||= !fits
  console.log(
    `${fits ? '✓' : '✗'} ${config}: ${kibibytes.toFixed(0)} KiB gzip, at most ${maxKibibytes}`,
  )
  rmSync(folder, { recursive: true })
}
process.exit(failed ? 1 : 0)
