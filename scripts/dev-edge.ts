import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { newAdminKey } from '../src/maintenance/admin-key.ts'

/**
 * `npm run dev:edge`: the service under `wrangler dev`, offline, with D1 and Durable Objects in
 * `.wrangler/`. The secrets are generated at the first start, in `.dev.vars` with mode 0600.
 */
const secrets = '.dev.vars'
const environment = { ...process.env, WRANGLER_SEND_METRICS: 'false' }

if (!existsSync(secrets)) {
  const adminKey = newAdminKey()
  const masterKey = randomBytes(32).toString('base64url')
  writeFileSync(secrets, `PROCURA_MASTER_KEY=${masterKey}\nPROCURA_ADMIN_KEY=${adminKey}\n`, {
    mode: 0o600,
  })
  console.error(`Administrator API key, also in ${secrets}:\n\n  ${adminKey}\n`)
}

for (const step of [
  ['d1', 'migrations', 'apply', 'DATABASE', '--local'],
  [
    'dev',
    '--local',
    '--ip',
    '127.0.0.1',
    ...(process.argv.some((argument) => argument.startsWith('--port')) ? [] : ['--port', '8787']),
    '--show-interactive-dev-session',
    'false',
  ],
]) {
  const { status } = spawnSync(
    'wrangler',
    [...step, ...(step[0] === 'dev' ? process.argv.slice(2) : [])],
    {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (status !== 0) process.exit(status ?? 1)
}
