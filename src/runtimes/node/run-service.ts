import { readConfig } from '../../composition/config.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { startService } from './service.ts'

/**
 * `npm start`: runs the service until SIGTERM or SIGINT, after which requests in progress finish. If
 * the service cannot start, writes why to the standard error and ends the process with status 1.
 */
export async function runService(): Promise<void> {
  try {
    const service = await startService(readConfig(process.env))
    if (service.adminToken)
      console.error(
        `\nFirst start. Administrator API key, shown only now:\n\n  ${service.adminToken}\n\nKeep it. To use the command line, set PROCURA_KEY to it.\n`,
      )
    const stop = () => service.stop().then(() => process.exit(0))
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const { code, detail, cause } = error
    const told =
      code === 'storage_unreachable' && cause instanceof Error ? ` (${cause.message})` : ''
    console.error(`procura cannot start: ${detail}${told}.`)
    process.exit(1)
  }
}
