import type { Schema } from '@cfworker/json-schema'
import type { Budget } from '../foundation/budget.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'

/**
 * JSON Schema 2020-12, as far as it can be evaluated within a budget. A schema is a program that
 * somebody else wrote: regular expressions are not run, and how often it would look at what is
 * counted before it is.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-core
 */
export interface BoundedSchema {
  readonly schema: JsonObject
  /** By absolute URI, as the library finds what `$ref` names. */
  readonly lookup: Record<string, Schema | boolean>
}

/** What a keyword holds: data, or schemas that are applied to the value or to parts of it. */
type Kind = 'data' | 'schema' | 'list' | 'map'

/** Keywords that are evaluated. Annotations, and whatever else is not here or in `refused`, say nothing and are left out. */
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

/** Keywords that mean something and are not evaluated: to pass over one would be to accept what it forbids. */
const refused: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  '$dynamicRef',
  '$recursiveRef',
  'dependencies',
  'additionalItems',
])

/** Formats whose check takes time in proportion to the text. */
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

/** How far down schemas are applied: much further, the stack of one runtime would do and that of another not. */
const maxDepth = 200

/** Thrown, and caught here, where a schema says what is not evaluated. */
class Unsupported extends Error {}

/** Makes a fetched schema ready: a copy with nothing in it but keywords that are evaluated. */
export async function prepareSchema(value: JsonObject): Promise<BoundedSchema | Refusal> {
  // Loaded when the first schema is met: most verifiers never meet one.
  const { dereference } = await import('@cfworker/json-schema')
  try {
    const schema = vet(value, true) as JsonObject
    return { schema, lookup: dereference(schema as Schema) }
  } catch (error) {
    const detail = error instanceof Unsupported ? error.message : 'it names what is no URI'
    return refuse('schema_unsupported', detail)
  }
}

function vet(value: JsonValue, isRoot = false): JsonObject | boolean {
  if (typeof value === 'boolean') return value
  if (!isObject(value)) throw new Unsupported('a schema is an object, true or false')
  const vetted: Record<string, JsonValue> = {}
  for (const [keyword, held] of Object.entries(value)) {
    if (refused.has(keyword)) throw new Unsupported(`${keyword} is not evaluated`)
    if (keyword === 'format' && !(typeof held === 'string' && formats.has(held)))
      throw new Unsupported('it has a format that is not checked')
    // The library reads a schema within another twice if it has an id: each level would double it.
    if (keyword === '$id' && !isRoot) throw new Unsupported('a schema within another has no $id')
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
  throw new Unsupported('a keyword holds no schemas')
}

interface Visit {
  readonly schema: JsonObject | boolean
  readonly value: JsonValue
  readonly depth: number
}

/**
 * Takes from the budget what it costs to apply the schema, and refuses if that is not to be had.
 * Every branch is followed, also those that evaluation would leave out.
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

/** The schemas that a schema applies to a value and to its parts. */
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

/** What one look costs by itself: members are listed, values compared, and texts measured. */
function costOf({ schema, value }: Visit): number {
  if (typeof schema === 'boolean') return 1
  let cost = 1 + (isObject(value) ? Object.keys(value).length : 0)
  if (schema.properties !== undefined) cost += Object.keys(schema.properties as object).length
  for (const keyword of ['const', 'enum', 'required', 'dependentRequired', 'type'] as const)
    if (keyword in schema) cost += sizeOf(schema[keyword]!)
  if (typeof value === 'string') cost += sizeOf(value)
  // Each item is compared with each, as far as they are alike.
  if (schema.uniqueItems === true && isArray(value))
    cost += value.length * (sizeOf(value) + Math.ceil(value.length / pairsPerVisit))
  return cost
}

/** So many characters are compared in the time that a schema takes to be applied. */
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

/** Whether a value is as the schema says. To be asked within what `flawOfVisits` allows. */
export async function isAsSchema(
  { schema, lookup }: BoundedSchema,
  value: JsonValue,
): Promise<boolean> {
  const { validate } = await import('@cfworker/json-schema')
  try {
    return validate(value, schema as Schema, '2020-12', lookup, true).valid
  } catch {
    // A schema may be one that the validator cannot follow: then nothing keeps to it.
    return false
  }
}
