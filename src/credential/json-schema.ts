import type { Schema } from '@cfworker/json-schema'
import type { Budget } from '../foundation/budget.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'

/**
 * JSON Schema 2020-12, as far as it can be evaluated within a budget. A schema is somebody else's
 * program: regular expressions are not run, and its work is counted before it is done.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-core
 */
export interface BoundedSchema {
  readonly schema: JsonObject
  /** By absolute URI, as the library resolves `$ref`. */
  readonly lookup: Record<string, Schema | boolean>
}

/** What a keyword holds: data, or schemas applied to the value or its parts. */
type Kind = 'data' | 'schema' | 'list' | 'map'

/**
 * Keywords that are evaluated. Annotations, and all keywords listed neither here nor in `refused`,
 * are ignored.
 */
const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    data: [
      '$ref $anchor type const enum format required dependentRequired uniqueItems multipleOf',
      'minProperties maxProperties minItems maxItems minContains maxContains',
      'minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength',
    ].join(' '),
    schema: [
      'not if then else items unevaluatedItems contains',
      'additionalProperties unevaluatedProperties propertyNames',
    ].join(' '),
    list: 'allOf anyOf oneOf prefixItems',
    map: 'properties dependentSchemas $defs definitions',
  }).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind as Kind] as const)),
)

/** Keywords with a meaning that are not evaluated: ignoring one would accept what it forbids. */
const refused: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  '$dynamicRef',
  '$recursiveRef',
  'dependencies',
  'additionalItems',
])

/** Formats that are checked in time linear in the text. */
const formats: ReadonlySet<string> = new Set([
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uuid',
])

/**
 * Maximum depth of applied schemas: much deeper, the stacks of runtimes would give different
 * results.
 */
const maxDepth = 200

/** Thrown and caught here if a schema uses something unsupported. */
class Unsupported extends Error {}

/** Prepares a fetched schema: a copy with only the keywords that are evaluated. */
export async function prepareSchema(value: JsonObject): Promise<BoundedSchema | Refusal> {
  // Loaded with the first schema; most verifiers never see one.
  const { dereference } = await import('@cfworker/json-schema')
  try {
    const schema = vet(value, true) as JsonObject
    return { schema, lookup: dereference(schema as Schema) }
  } catch (error) {
    const detail =
      error instanceof Unsupported ? error.message : 'it refers to something that is not a URI'
    return refuse('schema_unsupported', detail)
  }
}

function vet(value: JsonValue, isRoot = false): JsonObject | boolean {
  if (typeof value === 'boolean') return value
  if (!isObject(value)) throw new Unsupported('a schema must be an object, true or false')
  const vetted: Record<string, JsonValue> = {}
  for (const [keyword, held] of Object.entries(value)) {
    if (refused.has(keyword)) throw new Unsupported(`${keyword} is not supported`)
    if (keyword === 'format' && !(typeof held === 'string' && formats.has(held)))
      throw new Unsupported('it has an unsupported format')
    // The library processes a nested schema with an id twice, which doubles with each level.
    if (keyword === '$id' && !isRoot) throw new Unsupported('a nested schema must not have $id')
    if (keyword === '$id') vetted.$id = held
    const kind = kinds.get(keyword)
    if (kind) vetted[keyword] = vetHeld(kind, held)
  }
  return vetted
}

function vetHeld(kind: Kind, held: JsonValue): JsonValue {
  if (kind === 'data') return held
  if (kind === 'schema') return vet(held)
  if (kind === 'list' && isArray(held)) return held.map((one) => vet(one))
  if (kind === 'map' && isObject(held))
    return Object.fromEntries(Object.entries(held).map(([name, one]) => [name, vet(one)]))
  throw new Unsupported('a keyword does not hold schemas')
}

interface Visit {
  readonly schema: JsonObject | boolean
  readonly value: JsonValue
  readonly depth: number
}

/**
 * Takes the cost of applying the schema from the budget, or refuses. Counts every branch, including
 * those that evaluation would skip.
 */
export function flawOfVisits(
  { schema, lookup }: BoundedSchema,
  value: JsonValue,
  budget: Budget,
): Refusal | undefined {
  const waiting: Visit[] = [{ schema, value, depth: 0 }]
  for (let visit = waiting.pop(); visit; visit = waiting.pop()) {
    if (visit.depth > maxDepth)
      return refuse('budget_exceeded', `schemas are applied at most ${maxDepth} deep`)
    const excess = budget.spend('schemaVisits', costOf(visit))
    if (excess) return excess
    if (typeof visit.schema === 'boolean') continue
    const depth = visit.depth + 1
    for (const [schema, value] of appliedIn(visit.schema, visit.value, lookup))
      waiting.push({ schema, value, depth })
  }
  return undefined
}

type Applied = readonly [JsonObject | boolean, JsonValue]

const inPlace = ['not', 'if', 'then', 'else'] as const
const inPlaceLists = ['allOf', 'anyOf', 'oneOf'] as const
const toMembers = ['additionalProperties', 'unevaluatedProperties'] as const
const toItems = ['items', 'unevaluatedItems', 'contains'] as const

/** The schemas that a schema applies to a value and its parts. */
function* appliedIn(
  schema: JsonObject,
  value: JsonValue,
  lookup: BoundedSchema['lookup'],
): Generator<Applied> {
  const held = (keyword: string) => schema[keyword] as JsonObject | undefined
  const reference = (schema as Schema).__absolute_ref__ ?? schema.$ref
  const named = typeof reference === 'string' ? lookup[reference] : undefined
  if (named !== undefined) yield [named as JsonObject, value]
  for (const keyword of inPlace) if (keyword in schema) yield [held(keyword)!, value]
  for (const keyword of inPlaceLists)
    for (const one of (schema[keyword] as readonly JsonObject[] | undefined) ?? [])
      yield [one, value]
  for (const one of Object.values(held('dependentSchemas') ?? {})) yield [one as JsonObject, value]
  if (isObject(value)) {
    for (const [name, one] of Object.entries(held('properties') ?? {}))
      if (Object.hasOwn(value, name)) yield [one as JsonObject, value[name]!]
    for (const name of Object.keys(value)) {
      for (const keyword of toMembers) if (keyword in schema) yield [held(keyword)!, value[name]!]
      if ('propertyNames' in schema) yield [held('propertyNames')!, name]
    }
  }
  if (isArray(value)) {
    for (const [i, one] of ((schema.prefixItems ?? []) as readonly JsonObject[]).entries())
      if (i < value.length) yield [one, value[i]!]
    for (const item of value)
      for (const keyword of toItems) if (keyword in schema) yield [held(keyword)!, item]
  }
}

/** The cost of one visit itself: members listed, values compared, texts measured. */
function costOf({ schema, value }: Visit): number {
  if (typeof schema === 'boolean') return 1
  let cost = 1 + (isObject(value) ? Object.keys(value).length : 0)
  if (schema.properties !== undefined) cost += Object.keys(schema.properties as object).length
  for (const keyword of ['const', 'enum', 'required', 'dependentRequired', 'type'] as const)
    if (keyword in schema) cost += sizeOf(schema[keyword]!)
  if (typeof value === 'string') cost += sizeOf(value)
  // Each item is compared with every other, as far as they agree.
  if (schema.uniqueItems === true && isArray(value))
    cost += value.length * (sizeOf(value) + Math.ceil(value.length / pairsPerVisit))
  return cost
}

/** This many characters are compared in the time of one visit. */
const charactersPerVisit = 64
const pairsPerVisit = 4
const sizes = new WeakMap<object, number>()

/** The length of a value's text, in visits. */
function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / charactersPerVisit)
  if (typeof value !== 'object' || value === null) return 1
  let size = sizes.get(value)
  if (size === undefined) {
    size = 1 + Math.floor(JSON.stringify(value).length / charactersPerVisit)
    sizes.set(value, size)
  }
  return size
}

/** Whether a value matches the schema. Call it only after `flawOfVisits` has allowed it. */
export async function isAsSchema(
  { schema, lookup }: BoundedSchema,
  value: JsonValue,
): Promise<boolean> {
  const { validate } = await import('@cfworker/json-schema')
  try {
    return validate(value, schema as Schema, '2020-12', lookup, true).valid
  } catch {
    // The validator may fail on a schema it cannot handle: then no value matches.
    return false
  }
}
