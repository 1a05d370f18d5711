import type { JsonObject } from '../../json.ts'
import type { Reason } from '../../refusal.ts'
import type { Situation } from '../invocation.ts'

/** A constraint that was read: it says no with a reason, or nothing. */
export type Constraint = (situation: Situation) => Reason | undefined

/** Reads one type of constraint. Undefined if a member is missing, unknown or out of bounds. */
export type ReadConstraint = (json: JsonObject) => Constraint | undefined

export const hasExactly = (json: JsonObject, ...members: readonly string[]): boolean => {
  const present = Object.keys(json)
  return present.length === members.length + 1 && members.every((member) => member in json)
}

export const isNonEmptyStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => typeof item === 'string' && item !== '')
