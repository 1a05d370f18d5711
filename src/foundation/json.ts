import { fromUtf8 } from './encoding.ts'
import { ServiceError } from './errors.ts'

/** Any JSON (RFC 8259). */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject
export type JsonArray = readonly JsonValue[]
/** A JSON object, such as a credential or a presentation. */
export type JsonObject = { readonly [member: string]: JsonValue }

export interface JsonLimits {
  /** Bytes of UTF-8. */
  readonly maxBytes: number
  readonly maxDepth: number
  /** Members of all objects together, which cost the most to inspect. */
  readonly maxMembers: number
}

export const defaultJsonLimits: JsonLimits = {
  maxBytes: 1_048_576,
  maxDepth: 64,
  maxMembers: 32_768,
}

/** Names by which a careless copy of an object would change its prototype. */
const forbiddenMembers = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses untrusted JSON strictly: UTF-8 without byte order mark, no duplicate members, no members
 * that touch a prototype, no lone surrogates, and only safe integers in their canonical spelling
 * (RFC 7493; RFC 8785 would sign 9007199254740993 and …992 as the same bytes).
 *
 * One pass over the text checks depth and numbers and counts members; the engine's parser does the
 * rest. A duplicate member shows as a count that the value does not have.
 *
 * @throws ServiceError `request_malformed`, or `request_too_large` beyond `maxBytes` or
 *   `maxMembers`.
 */
export function parseJson(
  input: Uint8Array | string,
  limits: JsonLimits = defaultJsonLimits,
): JsonValue {
  if (input.length > limits.maxBytes)
    throw new ServiceError('request_too_large', `JSON is limited to ${limits.maxBytes} bytes`)
  const text = typeof input === 'string' ? input : decode(input)
  const members = scan(text, limits.maxDepth)
  if (members > limits.maxMembers)
    throw new ServiceError('request_too_large', `JSON is limited to ${limits.maxMembers} members`)
  const value = parse(text)
  const found = countMembers(value, text.includes('\\u'))
  if (found !== members) throw malformed('an object has the same member twice')
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw malformed('the text is not UTF-8')
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('the text is not JSON')
  }
}

const quote = 0x22
const backslash = 0x5c

/** Checks depth and numbers outside strings. Returns the number of members in the text. */
function scan(text: string, maxDepth: number): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === quote) i = endOfString(text, i)
    else if (character === 0x3a) members++
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > maxDepth) throw malformed(`nesting is limited to ${maxDepth} levels`)
    } else if (character === 0x7d || character === 0x5d) depth--
    else if (character === 0x2d || (character >= 0x30 && character <= 0x39))
      i = endOfNumber(text, i)
  }
  return members
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end === -1) throw malformed('a string is not terminated')
  return end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++
  return backslashes % 2 === 1
}

const numberToken = /[-+.0-9A-Za-z]*/y
const integer = /^(?:0|-?[1-9]\d{0,15})$/

function endOfNumber(text: string, start: number): number {
  numberToken.lastIndex = start
  const token = numberToken.exec(text)![0]
  if (!integer.test(token) || !Number.isSafeInteger(Number(token)))
    throw malformed('a number is not a safe integer in plain digits')
  return start + token.length - 1
}

function countMembers(value: JsonValue, hasEscapes: boolean): number {
  if (typeof value === 'string') {
    if (hasEscapes && !value.isWellFormed()) throw malformed('a string holds a lone surrogate')
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item, hasEscapes)
    return count
  }
  const object = value as JsonObject
  for (const member of Object.keys(object)) {
    if (forbiddenMembers.has(member)) throw malformed('a member name is reserved')
    if (hasEscapes && !member.isWellFormed()) throw malformed('a name holds a lone surrogate')
    count += 1 + countMembers(object[member]!, hasEscapes)
  }
  return count
}

const malformed = (detail: string) => new ServiceError('request_malformed', detail)

/** Whether two values are the same JSON, regardless of member order. */
export function isSameJson(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!isSameJson(a[i], b[i])) return false
    return true
  }
  if (Array.isArray(b)) return false
  let members = 0
  for (const name in b) {
    members++
    if (!(name in a) || !isSameJson((a as JsonObject)[name]!, (b as JsonObject)[name]!))
      return false
  }
  for (const _ in a) members--
  return members === 0
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isArray = (value: unknown): value is JsonArray => Array.isArray(value)

export const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
