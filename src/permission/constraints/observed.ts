import type { Reason } from '../../foundation/refusal.ts'
import {
  asSet,
  type ConstraintType,
  hasExactly,
  isLimit,
  isNonEmptyStrings,
  isSubset,
} from './constraint.ts'

/** The observed attribute is one of the listed values. */
const oneOf = (
  member: string,
  attribute: 'region' | 'environment',
  reason: Reason,
): ConstraintType<readonly string[]> => ({
  read(json) {
    const values = json[member]
    return hasExactly(json, member) && isNonEmptyStrings(values) ? asSet(values) : undefined
  },
  test:
    (values) =>
    ({ observed }) => {
      const found = observed[attribute]
      return found !== undefined && values.includes(found) ? undefined : reason
    },
  within: isSubset,
})

/** `{regions}` */
export const location = oneOf('regions', 'region', 'constraint_location')
/** `{in}` */
export const environment = oneOf('in', 'environment', 'constraint_environment')

/** `{max}`: the observed risk, 0 to 100, is at most this. */
export const risk: ConstraintType<number> = {
  read: (json) =>
    hasExactly(json, 'max') && isLimit(json.max) && json.max <= 100 ? json.max : undefined,
  test:
    (max) =>
    ({ observed: { risk } }) =>
      risk !== undefined && Number.isSafeInteger(risk) && risk >= 0 && risk <= max
        ? undefined
        : 'constraint_risk',
  within: (child, parent) => child <= parent,
}
