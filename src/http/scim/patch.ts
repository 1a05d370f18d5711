import { isArray, isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'
import { readFilter } from './filter.ts'
import { ScimSyntaxError } from './scim-error.ts'

interface Operation {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: string | undefined
  readonly value: JsonValue | undefined
}

/** Operations of one PATCH, values of one attribute, and sub-attributes of one value. */
const most = 100

/**
 * Applies the operations of a PATCH to the SCIM form of a resource. It reads the named attributes
 * alone, so the work grows with the length of the body only.
 *
 * @param attributes that are read. Others are ignored, as in RFC 7643 those that are not stored are.
 * @throws ScimSyntaxError `invalidSyntax`, `invalidPath`, `invalidValue`.
 * @see https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2
 */
export function applyPatch(
  resource: JsonObject,
  body: JsonObject,
  attributes: readonly string[],
): JsonObject {
  const operations = body.Operations
  if (!isArray(operations) || operations.length === 0 || operations.length > most)
    throw new ScimSyntaxError('invalidSyntax', `Operations must be a list of 1 to ${most}`)
  const known = new Map(attributes.map((name) => [name.toLowerCase(), name]))
  const state: State = {
    nameOf: (given) => known.get(given.toLowerCase()),
    values: new Map(Object.entries(resource)),
  }
  for (const operation of operations.map(readOperation)) applyOne(state, operation)
  return Object.fromEntries(state.values)
}

interface State {
  /** The attribute, as written in its schema; undefined if it is not read. */
  readonly nameOf: (given: string) => string | undefined
  readonly values: Map<string, JsonValue>
}

function readOperation(json: JsonValue): Operation {
  const { op, path, value } = isObject(json) ? json : {}
  const name = typeof op === 'string' ? op.toLowerCase() : ''
  if (name !== 'add' && name !== 'remove' && name !== 'replace')
    throw new ScimSyntaxError('invalidSyntax', 'op must be add, remove or replace')
  if (path !== undefined && (typeof path !== 'string' || path.length > 1000))
    throw new ScimSyntaxError('invalidPath', 'path must be text of at most 1000 characters')
  if (name === 'remove' ? path === undefined : value === undefined)
    throw new ScimSyntaxError(
      'invalidSyntax',
      `${name} lacks its ${name === 'remove' ? 'path' : 'value'}`,
    )
  return { op: name, path, value }
}

const form =
  /^(?:urn:[A-Za-z0-9:._-]+:)?([A-Za-z][\w$-]*)(?:\[([^\]]+)\])?(?:\.([A-Za-z][\w$-]*))?$/

function applyOne({ nameOf, values }: State, { op, path, value }: Operation): void {
  const change = (name: string, to: JsonValue | undefined) =>
    to === undefined || to === null ? values.delete(name) : values.set(name, checkSize(to))
  if (path === undefined) {
    if (!isObject(value)) throw new ScimSyntaxError('invalidSyntax', 'the value must be an object')
    for (const [member, one] of Object.entries(value)) {
      const name = nameOf(member)
      if (name) change(name, op === 'add' ? joined(values.get(name), checkSize(one)) : one)
    }
    return
  }
  const match = form.exec(path)
  if (!match) throw new ScimSyntaxError('invalidPath', 'the path is not supported')
  const [, attribute, filter, sub] = match as unknown as [string, string, string?, string?]
  const name = nameOf(attribute)
  if (!name) return
  if (value !== undefined) checkSize(value)
  const before = values.get(name)
  if (filter !== undefined)
    return void change(name, filtered(before, { filterText: filter, sub, op, value }))
  if (sub !== undefined) {
    const inner = isObject(before) ? before : {}
    return void change(name, set(inner, sub, op === 'remove' ? undefined : value))
  }
  change(name, op === 'add' ? joined(before, value!) : op === 'remove' ? undefined : value)
}

/** Operations may each copy a value, so its size is bounded. */
function checkSize(value: JsonValue): JsonValue {
  const isSmall = (one: JsonValue) => !isObject(one) || Object.keys(one).length <= most
  if (isArray(value) ? value.length <= most && value.every(isSmall) : isSmall(value)) return value
  throw new ScimSyntaxError(
    'invalidValue',
    `an attribute has at most ${most} values and sub-attributes`,
  )
}

/** Values added to a list are appended. */
const joined = (before: JsonValue | undefined, value: JsonValue): JsonValue =>
  isArray(before) ? [...before, ...(isArray(value) ? value : [value])] : value

interface Filtered extends Pick<Operation, 'op'> {
  readonly filterText: string
  /** The sub-attribute to change; undefined for the whole item. */
  readonly sub: string | undefined
  readonly value: JsonValue | undefined
}

function filtered(
  list: JsonValue | undefined,
  { filterText, sub, op, value }: Filtered,
): JsonValue {
  const filter = readFilter(filterText, ['value', 'type', 'display', 'primary'])!
  const matches = (item: JsonValue) => {
    const own = isObject(item) ? item[filter.attribute] : undefined
    return typeof own !== 'object' && String(own) === filter.value
  }
  const items = isArray(list) ? list : []
  if (op === 'remove' && sub === undefined) return items.filter((item) => !matches(item))
  const changed = (item: JsonObject): JsonObject =>
    sub === undefined
      ? { ...item, ...(isObject(value) ? value : {}) }
      : set(item, sub, op === 'remove' ? undefined : value)
  return items.some(matches)
    ? items.map((item) => (matches(item) ? changed(item as JsonObject) : item))
    : [...items, changed({ [filter.attribute]: filter.value })]
}

/** Names of sub-attributes are compared without case. */
const memberOf = (object: JsonObject, name: string): string =>
  Object.keys(object).find((own) => own.toLowerCase() === name.toLowerCase()) ?? name

function set(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const member = memberOf(object, name)
  const { [member]: _, ...rest } = object
  return value === undefined || value === null ? rest : { ...rest, [member]: value }
}
