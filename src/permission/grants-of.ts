import { ServiceError } from '../foundation/errors.ts'
import type { JsonArray } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { parseGrants } from './parse-permission.ts'
import type { Grant } from './permission.ts'

/** @throws ServiceError `permission_invalid`. */
export function grantsOf(json: JsonArray): readonly Grant[] {
  const grants = parseGrants(json)
  if (isRefusal(grants)) throw new ServiceError('permission_invalid', grants.detail)
  return grants
}
