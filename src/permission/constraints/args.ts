import { isArray, isObject, type JsonValue } from '../../json.ts'
import { hasExactly, type ReadConstraint } from './constraint.ts'

type Comparison = (found: JsonValue, bound: JsonValue) => boolean

const isScalar = (value: JsonValue): boolean => value === null || typeof value !== 'object'
const integers = (compare: (a: number, b: number) => boolean): Operator => ({
  acceptsBound: Number.isSafeInteger,
  holds: (found, bound) => Number.isSafeInteger(found) && compare(found as number, bound as number),
})

interface Operator {
  readonly acceptsBound: (bound: JsonValue) => boolean
  readonly holds: Comparison
}

/** @see permission-model.md, 2.4 */
const operators: Readonly<Record<string, Operator>> = {
  '==': { acceptsBound: isScalar, holds: (found, bound) => found === bound },
  in: {
    acceptsBound: (bound) => isArray(bound) && bound.length > 0 && bound.every(isScalar),
    holds: (found, bound) => (bound as readonly JsonValue[]).includes(found),
  },
  '<': integers((a, b) => a < b),
  '<=': integers((a, b) => a <= b),
  '>': integers((a, b) => a > b),
  '>=': integers((a, b) => a >= b),
  startsWith: {
    acceptsBound: (bound) => typeof bound === 'string' && bound !== '',
    holds: (found, bound) => typeof found === 'string' && found.startsWith(bound as string),
  },
}

const maxConditions = 64

/** `{where: [[operator, JSON pointer, bound], …]}`: all must hold. A pointer that finds nothing denies. */
export const readArgs: ReadConstraint = (json) => {
  const { where } = json
  if (
    !hasExactly(json, 'where') ||
    !isArray(where) ||
    where.length === 0 ||
    where.length > maxConditions
  )
    return undefined
  const conditions = where.map(readCondition)
  if (!conditions.every((condition) => condition !== undefined)) return undefined
  return ({ invocation: { args } }) =>
    args !== undefined && conditions.every((holds) => holds(args)) ? undefined : 'constraint_args'
}

function readCondition(json: JsonValue): ((args: JsonValue) => boolean) | undefined {
  if (!isArray(json) || json.length !== 3) return undefined
  const [name, pointer, bound] = json as [JsonValue, JsonValue, JsonValue]
  const operator =
    typeof name === 'string' && Object.hasOwn(operators, name) ? operators[name] : undefined
  const path = typeof pointer === 'string' ? readPointer(pointer) : undefined
  if (!operator?.acceptsBound(bound) || !path) return undefined
  return (args) => {
    const found = follow(args, path)
    return found !== undefined && operator.holds(found, bound)
  }
}

/** RFC 6901. The empty pointer, which names the whole, is not used. */
function readPointer(pointer: string): readonly string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function follow(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = value
  for (const part of path) {
    if (isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(part) ? at[Number(part)] : undefined
    else at = isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined
    if (at === undefined) return undefined
  }
  return at
}
