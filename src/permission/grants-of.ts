import { ServiceError } from '../foundation/errors.ts'
import type { JsonArray } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { parseGrants } from './parse-permission.ts'
import type { Grant } from './permission.ts'

/** The grants; JSON that is not grants grants nothing. */
export function grantsOrNone(json: JsonArray): readonly Grant[] {
  const grants = parseGrants(json)
  return isRefusal(grants) ? [] : grants
}

/** @throws ServiceError `permission_invalid` if the JSON is not grants. */
export function grantsOf(json: JsonArray): readonly Grant[] {
  const grants = parseGrants(json)
  if (isRefusal(grants)) throw new ServiceError('permission_invalid', grants.detail)
  return grants
}
