import type { z } from 'zod'
import { ServiceError } from '../foundation/errors.ts'

/**
 * Parses a query or body by its schema. The error states where it is wrong and what was expected,
 * but not the value.
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue!.path.join('.')
  const what = issue!.code === 'unrecognized_keys' ? 'has an unknown member' : issue!.message
  throw new ServiceError('request_malformed', `${where}${path ? ` at ${path}` : ''}: ${what}`)
}
