import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import type { Reason } from '../../foundation/refusal.ts'
import type { Situation } from '../invocation.ts'

/** Returns a refusal, or undefined. */
export type Test = (situation: Situation) => Reason | undefined

/**
 * A type of constraint. `N` is its normal form: equivalent constraints have the same one, and
 * `within` is a partial order on it.
 */
export interface ConstraintType<N> {
  /** Undefined if a member is missing, unknown or out of bounds. */
  readonly read: (json: JsonObject) => N | undefined
  readonly test: (normal: N) => Test
  /** Whether the parent permits everything that the child permits (permission-model.md, 3). */
  readonly within: (child: N, parent: N) => boolean
}

/** A parsed constraint, ready to be tested and compared. */
export interface Constraint {
  readonly type: string
  readonly normal: unknown
  readonly test: Test
  /** Compares with another constraint of the same type. */
  readonly isWithin: (parent: Constraint) => boolean
}

/** Binds a constraint to its type, so that its normal form stays private. */
export type ReadConstraint = (json: JsonObject) => Constraint | undefined

export const constraintReader =
  <N>(type: string, { read, test, within }: ConstraintType<N>): ReadConstraint =>
  (json) => {
    const normal = read(json)
    if (normal === undefined) return undefined
    return {
      type,
      normal,
      test: test(normal),
      isWithin: (parent) => parent.type === type && within(normal, parent.normal as N),
    }
  }

export const hasExactly = (json: JsonObject, ...members: readonly string[]): boolean => {
  const present = Object.keys(json)
  return present.length === members.length + 1 && members.every((member) => member in json)
}

export const isNonEmptyStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => typeof item === 'string' && item !== '')

/** The normal form of a set of strings: sorted, without duplicates. */
export const asSet = (items: readonly string[]): readonly string[] => [...new Set(items)].sort()

export const isSubset = <T>(child: readonly T[], parent: readonly T[]): boolean =>
  child.every((item) => parent.includes(item))

/** A non-negative integer that every runtime represents exactly. */
export const isLimit = (value: JsonValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0
