import type { JsonValue } from '../../json.ts'
import { hasExactly, type ReadConstraint } from './constraint.ts'

const isLimit = (value: JsonValue | undefined): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0
const isAuthority = (value: JsonValue | undefined): boolean =>
  typeof value === 'string' && URL.canParse(value)

/** A verifier without meters denies metered grants (permission-model.md, 2.5). */
const unmetered = () => 'meter_unavailable' as const

/** `{max, authority}` */
export const readUses: ReadConstraint = (json) =>
  hasExactly(json, 'max', 'authority') && isLimit(json.max) && isAuthority(json.authority)
    ? unmetered
    : undefined

/** `{maxBytes?, maxRecords?, authority}`: at least one of the limits. */
export const readVolume: ReadConstraint = (json) => {
  const limits = ['maxBytes', 'maxRecords'].filter((member) => member in json)
  if (limits.length === 0 || !hasExactly(json, ...limits, 'authority')) return undefined
  return limits.every((member) => isLimit(json[member])) && isAuthority(json.authority)
    ? unmetered
    : undefined
}
