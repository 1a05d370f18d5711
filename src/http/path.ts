import type { Context } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import { type Id, isId } from '../foundation/id.ts'
import type { HttpEnv } from './context.ts'

/** The id in a path. Anything that is not an id is not found. */
export function pathId(c: Context<HttpEnv>, parameter = 'id'): Id {
  const value = c.req.param(parameter)
  if (!isId(value))
    throw new ServiceError('not_found', 'there is nothing with this id: it must be a UUID')
  return value
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ServiceError('not_found', 'there is nothing with this id')
  return value
}
