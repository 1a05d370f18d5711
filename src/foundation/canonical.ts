import type { JsonObject, JsonValue } from './json.ts'

const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

/** Member names recur, so their quoted forms are cached, in bounded number. */
const quotedNames = new Map<string, string>()
const maxQuotedNames = 4096

/**
 * The JSON Canonicalization Scheme: no white space, members sorted by UTF-16 code units, numbers
 * and strings as in ECMAScript.
 *
 * @param known canonical forms of values inside this one, by identity: a presentation reuses those
 *   of its credentials.
 * @throws TypeError for a lone surrogate or a number that is not finite (RFC 8785, 3.2.2).
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalize(value: JsonValue, known?: ReadonlyMap<object, string>): string {
  return write(value, known, known ? 0 : triedLevels)
}

/**
 * Cuts a member out of a canonical object's text. Undefined if the member's text occurs twice,
 * because then it is unclear which is the object's own.
 *
 * @param value canonical form of the member, which the object has.
 */
export function withoutMember(object: string, name: string, value: string): string | undefined {
  const member = `${quote(name)}:${value}`
  const start = object.indexOf(member)
  if (start === -1 || object.includes(member, start + 1)) return undefined
  const end = start + member.length
  if (object[end] === ',') return object.slice(0, start) + object.slice(end + 1)
  return object.slice(0, object[start - 1] === ',' ? start - 1 : start) + object.slice(end)
}

/**
 * Depth to which values are checked for canonical order: each level may cost a walk over everything
 * below.
 */
const triedLevels = 3

function write(
  value: JsonValue,
  known: ReadonlyMap<object, string> | undefined,
  levels: number,
): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return primitive(value)
  const ready = known?.get(value) ?? (levels > 0 ? writeOrdered(value) : undefined)
  if (ready !== undefined) return ready
  let text = ''
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++)
      text += (i > 0 ? ',' : '') + write(value[i], known, levels - 1)
    return `[${text}]`
  }
  const object = value as JsonObject
  const names = sortedNames(object)
  for (let i = 0; i < names.length; i++)
    text += (i > 0 ? ',' : '') + quoteName(names[i]!) + write(object[names[i]!]!, known, levels - 1)
  return `{${text}}`
}

/** Values in canonical order, such as everything Procura issues, take the engine half the time. */
function writeOrdered(value: object): string | undefined {
  if (!isOrdered(value)) return undefined
  const text = JSON.stringify(value)
  // JSON.stringify escapes lone surrogates, which have no canonical form; the slow path tells them
  // from text that looks like an escape.
  return text.includes('\\ud') ? undefined : text
}

function isOrdered(value: object): boolean {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isOrderedValue(value[i])) return false
    return true
  }
  let last = ''
  for (const name in value) {
    if (name < last || !isOrderedValue((value as JsonObject)[name]!)) return false
    last = name
  }
  return true
}

const isOrderedValue = (value: JsonValue): boolean =>
  typeof value === 'object'
    ? value === null || isOrdered(value)
    : typeof value !== 'number' || Number.isFinite(value)

const fewNames = 24

/** Names in order of UTF-16 code units, which is the order of `<` and of Array.prototype.sort. */
function sortedNames(object: JsonObject): readonly string[] {
  const names = Object.keys(object)
  if (names.length > fewNames) return names.sort()
  // For the few names of typical objects, insertion sort takes a fraction of the time.
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!
    let at = i
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!
    names[at] = name
  }
  return names
}

/** A member's quoted name with its colon. */
function quoteName(name: string): string {
  let quoted = quotedNames.get(name)
  if (quoted === undefined) {
    quoted = `${quote(name)}:`
    if (quotedNames.size < maxQuotedNames && name.length < 64) quotedNames.set(name, quoted)
  }
  return quoted
}

function quote(text: string): string {
  if (!needsEscape.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no canonical form')
  return JSON.stringify(text)
}

function primitive(value: null | boolean | number): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError('a number that is not finite has no canonical form')
  return JSON.stringify(value)
}
