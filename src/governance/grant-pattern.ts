import { type GrantType, type GrantTypeName, grantTypes } from '../permission/grant-type.ts'
import { covers, type NormalLocation } from '../permission/location.ts'
import type { Grant } from '../permission/permission.ts'

/** Matches some grants. Members that are absent restrict nothing. */
export interface GrantPattern {
  readonly type: GrantTypeName
  readonly actions?: readonly string[] | undefined
  readonly locations?: readonly NormalLocation[] | undefined
}

/** Whether something could match both, so that a rule that warns misses nothing. */
export const touches = (pattern: GrantPattern, grant: Grant): boolean =>
  pattern.type === grant.type &&
  (pattern.actions === undefined ||
    pattern.actions.some((action) => grant.actions.includes(action))) &&
  (pattern.locations === undefined ||
    pattern.locations.some((one) =>
      grant.locations.some((other) => covers(one, other) || covers(other, one)),
    ))

export const touchesAny = (patterns: readonly GrantPattern[], grants: readonly Grant[]): boolean =>
  patterns.some((pattern) => grants.some((grant) => touches(pattern, grant)))

/** Whether this act matches the pattern. */
export function matchesAct(
  pattern: GrantPattern,
  type: GrantTypeName,
  action: string,
  resource: string,
): boolean {
  const location = grantTypes[type].normalize(resource)
  return (
    pattern.type === type &&
    location !== undefined &&
    (pattern.actions?.includes(action) ?? true) &&
    (pattern.locations?.some((one) => covers(one, location)) ?? true)
  )
}

/**
 * The pattern with normalized locations; undefined if one is not a location of its type, or an
 * action is invalid: a rule on `Delete ` would be in force and never match anything.
 */
export function normalPattern(pattern: {
  readonly type: GrantTypeName
  readonly actions?: readonly string[] | undefined
  readonly locations?: readonly string[] | undefined
}): GrantPattern | undefined {
  const { normalize, isAction }: GrantType = grantTypes[pattern.type]
  if (pattern.actions?.every(isAction) === false) return undefined
  const locations = pattern.locations?.map((location) => normalize(location))
  return locations?.includes(undefined)
    ? undefined
    : { ...pattern, locations: locations as readonly NormalLocation[] | undefined }
}
