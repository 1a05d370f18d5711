import { spawnSync } from 'node:child_process'
import { postgresForTests } from './postgres-server.ts'

/** `npm run test:postgres`: the tests of what the service does, each world on a PostgreSQL database of its own. */
const files = [
  'test/directory',
  'test/governance',
  'test/credential/trust.test.ts',
  'test/credential/vc-api.test.ts',
  'test/http',
  'test/permission/delegation.test.ts',
  'test/permission/meters.test.ts',
  'test/permission/rules.test.ts',
  'test/permission/sessions.test.ts',
  'test/presentation/decisions.test.ts',
  'test/status/own-lists.test.ts',
]

const server = await postgresForTests()
if (!server) throw new Error('PROCURA_SKIP_POSTGRES=1 leaves nothing to run')
const { status } = spawnSync('vitest', ['run', '--project', 'node', ...files], {
  env: { ...process.env, PROCURA_TEST_POSTGRES: await server.newDatabase() },
  stdio: 'inherit',
})
await server.stop()
process.exit(status ?? 1)
