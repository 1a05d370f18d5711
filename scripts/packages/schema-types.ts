import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isArray, isObject } from '../../src/foundation/json.ts'

/**
 * The TypeScript type of a JSON Schema, as far as the service's interface uses it.
 *
 * @throws Error for a keyword that it does not know, so that no type says less than its schema.
 */
export function typeOf(schema: JsonValue): string {
  if (!isObject(schema)) throw new Error(`no schema: ${JSON.stringify(schema)}`)
  const unknown = Object.keys(schema).find((keyword) => !keywords.has(keyword))
  if (unknown) throw new Error(`the types do not know the keyword ${unknown}`)
  const { $ref, const: constant, enum: values, oneOf, anyOf, type } = schema
  if (typeof $ref === 'string') return nameOf($ref)
  if (constant !== undefined) return JSON.stringify(constant)
  if (isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ')
  const choices = oneOf ?? anyOf
  if (isArray(choices)) return [...new Set(choices.map(typeOf))].join(' | ')
  if (isArray(type))
    return [...new Set(type.map((one) => typeOf({ ...schema, type: one })))].join(' | ')
  return ofType(schema)
}

/** Keywords that a type expresses, and those that only a validator can check. */
const keywords = new Set(
  [
    '$ref const enum oneOf anyOf type properties required additionalProperties items prefixItems',
    'description example examples default discriminator format pattern',
    'minimum maximum minItems maxItems uniqueItems minLength maxLength propertyNames',
  ].flatMap((line) => line.split(' ')),
)

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1)

function ofType(schema: JsonObject): string {
  const { type, pattern } = schema
  switch (type) {
    case 'string':
      return typeof pattern === 'string' && pattern.startsWith('^did:')
        ? `\`did:\${string}\``
        : 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
    case 'null':
      return type
    case 'array':
      return ofArray(schema)
    case 'object':
      return ofObject(schema)
    case undefined:
      return 'JsonValue'
    default:
      throw new Error(`the types do not know the type ${type}`)
  }
}

function ofArray({ items, prefixItems }: JsonObject): string {
  if (isArray(prefixItems)) return `readonly [${prefixItems.map(typeOf).join(', ')}]`
  return `readonly (${items === undefined ? 'JsonValue' : typeOf(items)})[]`
}

function ofObject({ properties, required, additionalProperties: others }: JsonObject): string {
  if (!isObject(properties))
    return isObject(others) && Object.keys(others).length > 0
      ? `{ readonly [name: string]: ${typeOf(others)} }`
      : 'JsonObject'
  const needed = isArray(required) ? required : []
  const members = Object.entries(properties).map(
    ([name, member]) =>
      `${docstring(member)}readonly ${JSON.stringify(name)}${needed.includes(name) ? '' : '?'}: ${typeOf(member)}`,
  )
  return `{ ${members.join('\n')} }`
}

/** What a schema says of itself, as a comment in front of what has its type. */
export const docstring = (schema: JsonValue | undefined): string =>
  isObject(schema) && typeof schema.description === 'string'
    ? `/** ${schema.description.replaceAll('*/', '* /')} */\n`
    : ''
