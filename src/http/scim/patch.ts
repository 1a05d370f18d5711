import { isArray, isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'
import { readFilter } from './filter.ts'
import { ScimSyntaxError } from './scim-error.ts'

interface Operation {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: string | undefined
  readonly value: JsonValue | undefined
}

/**
 * Applies the operations of a PATCH to the SCIM form of a resource.
 *
 * @throws ScimSyntaxError `invalidSyntax`, `invalidPath`.
 * @see https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2
 */
export function applyPatch(resource: JsonObject, body: JsonObject): JsonObject {
  const operations = body.Operations
  if (!isArray(operations) || operations.length === 0 || operations.length > 100)
    throw new ScimSyntaxError('invalidSyntax', 'Operations must be a list of 1 to 100')
  return operations.map(readOperation).reduce(applyOne, resource)
}

function readOperation(json: JsonValue): Operation {
  const { op, path, value } = isObject(json) ? json : {}
  const name = typeof op === 'string' ? op.toLowerCase() : ''
  if (name !== 'add' && name !== 'remove' && name !== 'replace')
    throw new ScimSyntaxError('invalidSyntax', 'op must be add, remove or replace')
  if (path !== undefined && typeof path !== 'string')
    throw new ScimSyntaxError('invalidPath', 'path must be text')
  if (name === 'remove' ? path === undefined : value === undefined)
    throw new ScimSyntaxError(
      'invalidSyntax',
      `${name} lacks its ${name === 'remove' ? 'path' : 'value'}`,
    )
  return { op: name, path, value }
}

const form =
  /^(?:urn:[A-Za-z0-9:._-]+:)?([A-Za-z][\w$-]*)(?:\[([^\]]+)\])?(?:\.([A-Za-z][\w$-]*))?$/

function applyOne(resource: JsonObject, { op, path, value }: Operation): JsonObject {
  if (path === undefined) {
    if (!isObject(value)) throw new ScimSyntaxError('invalidSyntax', 'the value must be an object')
    return Object.entries(value).reduce(
      (changed, [name, one]) => set(changed, name, op === 'add' ? joined(changed, name, one) : one),
      resource,
    )
  }
  const match = form.exec(path)
  if (!match) throw new ScimSyntaxError('invalidPath', 'the path is not supported')
  const [, attribute, filter, sub] = match as unknown as [string, string, string?, string?]
  const name = memberOf(resource, attribute)
  if (filter !== undefined)
    return setFiltered(resource, { name, filterText: filter, sub, op, value })
  if (sub !== undefined) {
    const inner = resource[name]
    const changed = set(isObject(inner) ? inner : {}, sub, op === 'remove' ? undefined : value)
    return set(resource, name, changed)
  }
  if (op === 'remove') return set(resource, name, undefined)
  return set(resource, name, op === 'add' ? joined(resource, name, value!) : value)
}

/** Values added to a list are appended. */
function joined(resource: JsonObject, name: string, value: JsonValue): JsonValue {
  const before = resource[memberOf(resource, name)]
  return isArray(before) ? [...before, ...(isArray(value) ? value : [value])] : value
}

interface Filtered extends Pick<Operation, 'op'> {
  readonly name: string
  readonly filterText: string
  /** The sub-attribute to change; undefined for the whole item. */
  readonly sub: string | undefined
  readonly value: JsonValue | undefined
}

function setFiltered(
  resource: JsonObject,
  { name, filterText, sub, op, value }: Filtered,
): JsonObject {
  const list = resource[name]
  const filter = readFilter(filterText, ['value', 'type', 'display', 'primary'])!
  const matches = (item: JsonValue) =>
    isObject(item) && String(item[filter.attribute]) === filter.value
  const items = isArray(list) ? list : []
  if (op === 'remove' && sub === undefined)
    return set(
      resource,
      name,
      items.filter((item) => !matches(item)),
    )
  const changed = (item: JsonObject): JsonObject =>
    sub === undefined
      ? { ...item, ...(isObject(value) ? value : {}) }
      : set(item, sub, op === 'remove' ? undefined : value)
  const isThere = items.some(matches)
  return set(
    resource,
    name,
    isThere
      ? items.map((item) => (matches(item) ? changed(item as JsonObject) : item))
      : [...items, changed({ [filter.attribute]: filter.value })],
  )
}

/** Attribute names are compared without case. */
const memberOf = (resource: JsonObject, name: string): string =>
  Object.keys(resource).find((own) => own.toLowerCase() === name.toLowerCase()) ?? name

function set(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const { [memberOf(object, name)]: _, ...rest } = object
  return value === undefined || value === null ? rest : { ...rest, [memberOf(object, name)]: value }
}
