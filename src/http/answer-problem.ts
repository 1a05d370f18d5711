import type { Context } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import type { HttpEnv } from './context.ts'
import type { Log } from './log.ts'
import { makeProblem, problems } from './problem.ts'

/** Every failure leaves as a problem document: a known one with its own sentence, any other without a word of what it was. */
export function answerProblem(c: Context<HttpEnv>, error: Error, log: Log): Response {
  const known =
    error instanceof ServiceError
      ? error
      : new ServiceError('internal', 'an error that we did not foresee: the log has it')
  const requestId = c.get('requestId')
  const [status] = problems[known.code]
  if (status >= 500) log('error', known.code, { requestId, cause: causeOf(error) })
  if (status === 401) c.header('www-authenticate', 'Bearer realm="procura"')
  if (status === 503) c.header('retry-after', '1')
  // What is left of a body that is too large, or one too many, is not waited for.
  if (status === 413 || known.code === 'overloaded') c.header('connection', 'close')
  return c.body(JSON.stringify(makeProblem(known.code, known.detail, requestId)), status as 400, {
    'content-type': 'application/problem+json',
  })
}

/** Name and place of an error, without its message: that may hold anything. */
function causeOf(error: Error): string {
  const origin = error.cause instanceof Error ? error.cause : error
  return `${origin.name} ${origin.stack?.split('\n')[1]?.trim() ?? ''}`
}
