import type { JsonValue } from './json.ts'

const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

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
    for (const item of value) text += `${text && ','}${canonicalize(item, known)}`
    return `[${text}]`
  }
  const object = value as { readonly [member: string]: JsonValue }
  // The default order of Array.prototype.sort is the order of UTF-16 code units.
  for (const member of Object.keys(object).sort())
    text += `${text && ','}${quote(member)}:${canonicalize(object[member]!, known)}`
  return `{${text}}`
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
