import type { z } from 'zod'
import { ServiceError } from '../foundation/errors.ts'

/** A query or body as its schema says. Where it is wrong is told, and what was expected; the value is not. */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue!.path.join('.')
  const what =
    issue!.code === 'unrecognized_keys' ? 'has a member that is not known' : issue!.message
  throw new ServiceError('request_malformed', `${where}${path ? ` at ${path}` : ''}: ${what}`)
}
