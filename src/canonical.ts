import type { JsonObject, JsonValue } from './json.ts'

const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

/** Member names come back again and again: their quoted forms are kept, as many as there is any use for. */
const quotedNames = new Map<string, string>()
const maxQuotedNames = 4096

/**
 * The JSON Canonicalization Scheme: no white space, members sorted by UTF-16 code units, numbers
 * and strings as ECMAScript writes them.
 *
 * @param known canonical forms already made of values inside this one, by identity: a presentation
 *   reuses those of its credentials.
 * @throws TypeError for a lone surrogate or a number that is not finite (RFC 8785, 3.2.2).
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalize(value: JsonValue, known?: ReadonlyMap<object, string>): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return primitive(value)
  const ready = known?.get(value)
  if (ready !== undefined) return ready
  let text = ''
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++)
      text += (i > 0 ? ',' : '') + canonicalize(value[i], known)
    return `[${text}]`
  }
  const object = value as JsonObject
  const names = sortedNames(object)
  for (let i = 0; i < names.length; i++)
    text += (i > 0 ? ',' : '') + quoteName(names[i]!) + canonicalize(object[names[i]!]!, known)
  return `{${text}}`
}

/** Canonical forms of an object with and without one of its members, for the cost of one. */
export function canonicalizeWithout(
  object: JsonObject,
  member: string,
): { readonly whole: string; readonly without: string } {
  let whole = ''
  let without = ''
  const names = sortedNames(object)
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const text = quoteName(name) + canonicalize(object[name]!)
    whole += (whole === '' ? '' : ',') + text
    if (name !== member) without += (without === '' ? '' : ',') + text
  }
  return { whole: `{${whole}}`, without: `{${without}}` }
}

const fewNames = 24

/** Names in the order of their UTF-16 code units, which is that of `<` and of Array.prototype.sort. */
function sortedNames(object: JsonObject): readonly string[] {
  const names = Object.keys(object)
  if (names.length > fewNames) return names.sort()
  // For the few names that objects have, inserting each in its place takes a fraction of the time.
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!
    let at = i
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!
    names[at] = name
  }
  return names
}

/** A member's name with its colon. */
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
