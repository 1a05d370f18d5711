#!/usr/bin/env node
import { Command, Option } from 'commander'
import { version } from '../composition/version.ts'
import { visible } from '../foundation/control-characters.ts'
import { ServiceError } from '../foundation/errors.ts'
import { ProblemError } from '../sdk/index.ts'
import { auditCommands } from './commands/audit.ts'
import { delegationCommands } from './commands/delegation.ts'
import { documentCommands } from './commands/documents.ts'
import { governanceCommands } from './commands/governance.ts'
import { identityCommands } from './commands/identity.ts'
import { maintenanceCommands } from './commands/maintenance.ts'
import { permissionCommands } from './commands/permission.ts'
import { reportCommands } from './commands/report.ts'
import { ruleCommands } from './commands/rules.ts'
import { serviceCommands } from './commands/service.ts'
import { verificationCommands } from './commands/verification.ts'
import { UsageError } from './usage-error.ts'

/** A missing file, a read-only folder, a full disk. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error

/** Messages of the service may quote others, so control characters are escaped. */
const tell = (sentence: string) => console.error(`procura: ${visible(sentence)}`)

const program = new Command('procura')
  .description('Identity and narrow, provable, revocable authority for AI agents.')
  .version(version)
  .addOption(
    new Option('--url <url>', 'the service').env('PROCURA_URL').default('http://127.0.0.1:8787'),
  )
  .option(
    '--as <key file>',
    'call as this agent, by its DID key, instead of with the API key in PROCURA_KEY',
  )
  .option('--json', 'one JSON value instead of text for people')
  .showHelpAfterError()

for (const add of [
  serviceCommands,
  identityCommands,
  permissionCommands,
  delegationCommands,
  ruleCommands,
  verificationCommands,
  documentCommands,
  governanceCommands,
  auditCommands,
  reportCommands,
  maintenanceCommands,
])
  add(program)

/** Exit code 1: no. 2: the question could not be asked. */
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 2
  if (error instanceof ProblemError)
    tell(
      `${error.problem.title}: ${error.problem.detail} (${error.problem.status}, ${error.problem.instance})`,
    )
  else if (error instanceof UsageError) tell(error.message)
  else if (error instanceof ServiceError) tell(error.detail)
  else if (error instanceof TypeError && error.message === 'fetch failed')
    tell('the service does not answer. Is it running? Set PROCURA_URL or --url.')
  else if (isSystemError(error)) tell(`${error.path ?? error.syscall}: ${error.code}`)
  else throw error
}
