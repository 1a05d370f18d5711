import type { Context } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import type { HttpEnv } from './context.ts'
import type { Log } from './log.ts'
import { makeProblem, problems } from './problem.ts'

/**
 * Answers every failure with a problem document: a known error with its detail, any other without
 * revealing what it was.
 */
export function answerProblem(c: Context<HttpEnv>, error: Error, log: Log): Response {
  const known =
    error instanceof ServiceError
      ? error
      : new ServiceError('internal', 'an unexpected error: the log has details')
  const requestId = c.get('requestId')
  const [status] = problems[known.code]
  if (status >= 500) log('error', known.code, { requestId, cause: causeOf(error) })
  if (status === 401) c.header('www-authenticate', 'Bearer realm="procura"')
  if (status === 503) c.header('retry-after', '1')
  // The rest of a body that is too large, or one too many, is not awaited.
  if (status === 413 || known.code === 'overloaded') c.header('connection', 'close')
  return c.body(JSON.stringify(makeProblem(known.code, known.detail, requestId)), status as 400, {
    'content-type': 'application/problem+json',
  })
}

/** Name and location of an error, without its message, which could contain anything. */
function causeOf(error: Error): string {
  const origin = error.cause instanceof Error ? error.cause : error
  return `${origin.name} ${origin.stack?.split('\n')[1]?.trim() ?? ''}`
}
