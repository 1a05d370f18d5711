import { z } from 'zod'
import {
  isArray,
  isObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from '../../foundation/json.ts'
import { constraintComponents } from '../constraint-schemas.ts'
import { grantComponents } from '../grant-schemas.ts'

/** Writes zod schemas as JSON Schema, and collects those that have a name as components. */
export interface Components {
  /** What clients may send. */
  input(schema: z.ZodType): JsonObject
  /** What they are answered. */
  output(schema: z.ZodType): JsonObject
  /** Gives a schema without a name this one. */
  named(name: string, schema: JsonObject): JsonObject
  /** All components so far, in the order of their names. */
  schemas(): JsonObject
}

export function makeComponents(): Components {
  const known = new Map<string, JsonObject>(
    Object.entries({ ...grantComponents, ...constraintComponents }) as [string, JsonObject][],
  )
  const add = (name: string, schema: JsonObject) => {
    const before = known.get(name)
    if (before && JSON.stringify(before) !== JSON.stringify(schema))
      throw new Error(`two schemas are named ${name}`)
    known.set(name, schema)
  }
  const write = (schema: z.ZodType, io: 'input' | 'output'): JsonObject => {
    const { $schema, $defs, ...rest } = tidy(
      z.toJSONSchema(schema, { unrepresentable: 'any', io }) as JsonObject,
    ) as JsonObject
    for (const [name, one] of Object.entries(($defs ?? {}) as JsonObject))
      add(name, one as JsonObject)
    return rest
  }
  return {
    input: (schema) => write(schema, 'input'),
    output: (schema) => write(schema, 'output'),
    named(name, schema) {
      if (Object.keys(schema).join() === '$ref') return schema
      add(name, schema)
      return { $ref: `#/components/schemas/${name}` }
    },
    schemas: () => Object.fromEntries([...known].sort(([one], [other]) => (one < other ? -1 : 1))),
  }
}

/**
 * Local references point to components, what a format says already is not said by a pattern too,
 * and a tuple has `items`, which some tools require although its length is fixed.
 */
function tidy(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(tidy)
  if (!isObject(value)) return value
  const isSaid = value.format === 'date-time' || value.format === 'email'
  return Object.fromEntries(
    Object.entries(value)
      // zod's readonly concerns TypeScript; in an interface it would mean that clients may not send it.
      .filter(
        ([name, member]) =>
          !(name === 'pattern' && isSaid) && !(name === 'readOnly' && member === true),
      )
      .map(([name, member]) => {
        if (name === '$ref' && typeof member === 'string')
          return [name, member.replace(/^#\/\$defs\//, '#/components/schemas/')]
        if (name === 'items' && member === false && isArray(value.prefixItems))
          return [name, itemsOf(value.prefixItems.map(tidy))]
        return [name, tidy(member)]
      }),
  )
}

/** What every item of a tuple is. */
const itemsOf = ([first, ...others]: JsonArray): JsonValue =>
  others.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first! : {}
