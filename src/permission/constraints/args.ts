import { canonicalize } from '../../foundation/canonical.ts'
import { isArray, type JsonValue } from '../../foundation/json.ts'
import { readPointer, valueAt } from '../json-pointer.ts'
import { type ConstraintType, hasExactly } from './constraint.ts'

type Comparison = (found: JsonValue, bound: JsonValue) => boolean

interface Operator {
  readonly acceptsBound: (bound: JsonValue) => boolean
  readonly holds: Comparison
  /** Whether the child's bound is equal or tighter. */
  readonly within: Comparison
}

const isScalar = (value: JsonValue): boolean => value === null || typeof value !== 'object'
const integers = (
  compare: (a: number, b: number) => boolean,
  within: (child: number, parent: number) => boolean,
): Operator => ({
  acceptsBound: Number.isSafeInteger,
  holds: (found, bound) => Number.isSafeInteger(found) && compare(found as number, bound as number),
  within: (child, parent) => within(child as number, parent as number),
})
const atMost = (child: number, parent: number) => child <= parent
const atLeast = (child: number, parent: number) => child >= parent

/** @see permission-model.md, 2.4 */
const operators: Readonly<Record<string, Operator>> = {
  '==': {
    acceptsBound: isScalar,
    holds: (found, bound) => found === bound,
    within: (child, parent) => child === parent,
  },
  in: {
    acceptsBound: (bound) => isArray(bound) && bound.length > 0 && bound.every(isScalar),
    holds: (found, bound) => (bound as readonly JsonValue[]).includes(found),
    within: (child, parent) =>
      (child as readonly JsonValue[]).every((item) =>
        (parent as readonly JsonValue[]).includes(item),
      ),
  },
  '<': integers((a, b) => a < b, atMost),
  '<=': integers((a, b) => a <= b, atMost),
  '>': integers((a, b) => a > b, atLeast),
  '>=': integers((a, b) => a >= b, atLeast),
  startsWith: {
    acceptsBound: (bound) => typeof bound === 'string' && bound !== '',
    holds: (found, bound) => typeof found === 'string' && found.startsWith(bound as string),
    within: (child, parent) => (child as string).startsWith(parent as string),
  },
}

const maxConditions = 64

interface Condition {
  readonly name: string
  readonly pointer: string
  readonly path: readonly string[]
  readonly bound: JsonValue
}

/**
 * `{where: [[operator, JSON pointer, bound], …]}`: all conditions must hold. A pointer that finds
 * nothing denies.
 */
export const args: ConstraintType<readonly Condition[]> = {
  read(json) {
    const { where } = json
    if (
      !hasExactly(json, 'where') ||
      !isArray(where) ||
      where.length === 0 ||
      where.length > maxConditions
    )
      return undefined
    const conditions = where.map(readCondition)
    return conditions.every((condition) => condition !== undefined)
      ? reduced(conditions)
      : undefined
  },
  test:
    (conditions) =>
    ({ invocation: { args } }) =>
      args !== undefined && conditions.every((condition) => holds(condition, args))
        ? undefined
        : 'constraint_args',
  // The child keeps every condition of the parent, or tightens its bound under the same operator;
  // it may add more.
  within: (child, parent) => parent.every((outer) => child.some((inner) => implies(inner, outer))),
}

function readCondition(json: JsonValue): Condition | undefined {
  if (!isArray(json) || json.length !== 3) return undefined
  const [name, pointer, bound] = json as [JsonValue, JsonValue, JsonValue]
  if (typeof name !== 'string' || !Object.hasOwn(operators, name)) return undefined
  const path = typeof pointer === 'string' ? readPointer(pointer) : undefined
  if (!operators[name]!.acceptsBound(bound) || !path) return undefined
  return { name, pointer: pointer as string, path, bound: name === 'in' ? inOrder(bound) : bound }
}

/** The distinct items of a list of scalars, in a fixed order. */
const inOrder = (bound: JsonValue): JsonValue =>
  [...new Map((bound as readonly JsonValue[]).map((item) => [canonicalize(item), item]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item)

/** Without conditions that another one implies, in a fixed order. */
function reduced(conditions: readonly Condition[]): readonly Condition[] {
  const byText = new Map(
    conditions.map((one) => [canonicalize([one.name, one.pointer, one.bound]), one]),
  )
  return [...byText]
    .filter(([text, one]) =>
      [...byText].every(([other, tighter]) => other === text || !implies(tighter, one)),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one)
}

const implies = (inner: Condition, outer: Condition): boolean =>
  inner.name === outer.name &&
  inner.pointer === outer.pointer &&
  operators[inner.name]!.within(inner.bound, outer.bound)

function holds({ name, path, bound }: Condition, args: JsonValue): boolean {
  const found = valueAt(args, path)
  return found !== undefined && operators[name]!.holds(found, bound)
}
