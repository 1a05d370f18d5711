import type { Reason } from '../../refusal.ts'
import type { Observed } from '../invocation.ts'
import { hasExactly, isNonEmptyStrings, type ReadConstraint } from './constraint.ts'

/** The observed attribute is one of the listed values. */
const oneOf =
  (member: string, attribute: 'region' | 'environment', reason: Reason): ReadConstraint =>
  (json) => {
    const values = json[member]
    if (!hasExactly(json, member) || !isNonEmptyStrings(values)) return undefined
    return ({ observed }: { observed: Observed }) => {
      const found = observed[attribute]
      return found !== undefined && values.includes(found) ? undefined : reason
    }
  }

/** `{regions}` */
export const readLocation = oneOf('regions', 'region', 'constraint_location')
/** `{in}` */
export const readEnvironment = oneOf('in', 'environment', 'constraint_environment')

/** `{max}`: the observed risk, 0 to 100, is at most this. */
export const readRisk: ReadConstraint = (json) => {
  const { max } = json
  if (
    !hasExactly(json, 'max') ||
    !Number.isSafeInteger(max) ||
    (max as number) < 0 ||
    (max as number) > 100
  )
    return undefined
  return ({ observed: { risk } }) =>
    risk !== undefined && Number.isSafeInteger(risk) && risk >= 0 && risk <= (max as number)
      ? undefined
      : 'constraint_risk'
}
