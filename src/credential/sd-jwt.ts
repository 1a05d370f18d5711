import { fromBase64url, toBase64url, utf8 } from '../foundation/encoding.ts'
import {
  isArray,
  isObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { parseToken, type SdJwtType, type Token } from './jose.ts'

/** A strictly parsed Selective Disclosure JWT with its disclosures. Not verified. */
export interface SdJwt {
  /** The issuer's part. Its payload is as signed, with digests. */
  readonly token: Token
  readonly type: SdJwtType
  /** The disclosures as received; `openClaims` puts them in place. */
  readonly disclosures: readonly string[]
  /** Up to and including the last tilde: key binding signs its hash. */
  readonly unbound: string
  /** The holder's signature over all this, for one verifier and nonce, if present. */
  readonly keyBinding: Token | undefined
}

const maxDisclosures = 256
const maxLength = 262_144
/** Nesting depth of objects and lists, including disclosures. */
const maxDepth = 64
/** Nothing that says for how long, for whom and by whom may be omitted (SD-JWT VC, 2.2.2.2). */
const alwaysDisclosed = new Set([
  'iss',
  'nbf',
  'exp',
  'cnf',
  'vct',
  'vct#integrity',
  'status',
  'sub',
  'aud',
  'jti',
])
const reserved = new Set(['_sd', '_sd_alg', '...', '__proto__', 'constructor', 'prototype'])

/**
 * Parses `<JWT>~<disclosure>~…~`, optionally followed by a key binding JWT.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9901#section-7.1
 */
export function parseSdJwt(compact: string, type: SdJwtType): SdJwt | Refusal {
  const bad = (detail: string) => refuse('malformed', detail)
  if (compact.length > maxLength) return refuse('too_large')
  const [jwt, ...parts] = compact.split('~')
  if (parts.length === 0) return bad('an SD-JWT has a tilde after its token')
  const last = parts.pop()!
  if (parts.length > maxDisclosures)
    return refuse('too_large', `at most ${maxDisclosures} disclosures are accepted`)
  const token = parseToken(jwt!, type)
  if (isRefusal(token)) return token
  const keyBinding = last === '' ? undefined : parseToken(last, 'kb+jwt')
  if (isRefusal(keyBinding)) return keyBinding
  const unbound = compact.slice(0, compact.length - last.length)
  return { token, type, disclosures: parts, unbound, keyBinding }
}

/**
 * The claims with the disclosures in place. Refused if a disclosure is malformed, is not
 * referenced, or hid something that must not be hidden.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9901#section-7.1
 */
export async function openClaims(
  { token, disclosures }: Pick<SdJwt, 'token' | 'disclosures'>,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<JsonObject | Refusal> {
  const digests: string[] = []
  for (const disclosure of disclosures) digests.push(await digestOfDisclosure(disclosure, crypto))
  const claims = disclose(token.payload, disclosures, digests)
  return typeof claims === 'string' ? refuse('malformed', claims) : claims
}

interface Disclosure {
  /** Undefined for an element of a list. */
  readonly name: string | undefined
  readonly value: JsonValue
  isUsed: boolean
}

/** Thrown and caught here if a rule of section 7.1 is broken. */
class Broken extends Error {}

/** The claims, or the rule that is broken. */
function disclose(
  payload: JsonObject,
  parts: readonly string[],
  digests: readonly string[],
): JsonObject | string {
  try {
    const { _sd_alg: algorithm = 'sha-256', ...claims } = payload
    if (algorithm !== 'sha-256') throw new Broken('_sd_alg must be sha-256')
    const disclosures = new Map<string, Disclosure>()
    for (const [i, part] of parts.entries()) {
      const digest = digests[i]!
      if (disclosures.has(digest)) throw new Broken('a disclosure occurs twice')
      disclosures.set(digest, readDisclosure(part))
    }
    const opened = openObject(claims, { disclosures, seen: new Set(), depth: 0 })
    for (const name of alwaysDisclosed)
      if (name in opened && !(name in claims)) throw new Broken(`${name} must not be hidden`)
    for (const { isUsed } of disclosures.values())
      if (!isUsed) throw new Broken('a disclosure is not referenced')
    return opened
  } catch (error) {
    if (error instanceof Broken) return error.message
    throw error
  }
}

export async function digestOfDisclosure(
  disclosure: string,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<string> {
  const digest = crypto.sha256(disclosure)
  return toBase64url(digest instanceof Promise ? await digest : digest)
}

function readDisclosure(part: string): Disclosure {
  const bytes = fromBase64url(part)
  const value = bytes && parse(bytes)
  if (!isArray(value) || typeof value[0] !== 'string')
    throw new Broken('a disclosure is not a list in base64url that begins with its salt')
  if (value.length === 2) return { name: undefined, value: value[1]!, isUsed: false }
  const name = value[1]
  if (value.length !== 3 || typeof name !== 'string' || reserved.has(name))
    throw new Broken('a disclosure is malformed')
  return { name, value: value[2]!, isUsed: false }
}

function parse(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(bytes)
  } catch {
    return undefined
  }
}

interface Opening {
  readonly disclosures: ReadonlyMap<string, Disclosure>
  readonly seen: Set<string>
  depth: number
}

function open(value: JsonValue, opening: Opening): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (++opening.depth > maxDepth) throw new Broken(`nesting is limited to ${maxDepth} levels`)
  const opened = isArray(value)
    ? openList(value, opening)
    : openObject(value as JsonObject, opening)
  opening.depth--
  return opened
}

/** The disclosure of a digest, if given. No digest may occur twice. */
function take(digest: JsonValue, { disclosures, seen }: Opening): Disclosure | undefined {
  if (typeof digest !== 'string') throw new Broken('a digest is not a string')
  if (seen.has(digest)) throw new Broken('a digest occurs twice')
  seen.add(digest)
  const disclosure = disclosures.get(digest)
  if (disclosure) disclosure.isUsed = true
  return disclosure
}

function openObject(object: JsonObject, opening: Opening): JsonObject {
  const { _sd: digests = [], ...plain } = object
  if (!isArray(digests)) throw new Broken('_sd is no list')
  if ('...' in plain || '_sd_alg' in plain)
    throw new Broken('a reserved name is in a place where it is not allowed')
  const opened: Record<string, JsonValue> = {}
  for (const name of Object.keys(plain)) opened[name] = open(plain[name]!, opening)
  for (const digest of digests) {
    const disclosure = take(digest, opening)
    if (!disclosure) continue
    const { name, value } = disclosure
    if (name === undefined || name in opened)
      throw new Broken('a disclosure has no name, or that of an existing claim')
    opened[name] = open(value, opening)
  }
  return opened
}

function openList(list: JsonArray, opening: Opening): JsonArray {
  const opened: JsonValue[] = []
  for (const item of list) {
    if (!isObject(item) || !('...' in item)) {
      opened.push(open(item, opening))
      continue
    }
    if (Object.keys(item).length > 1) throw new Broken('a hidden element has other members')
    const disclosure = take(item['...']!, opening)
    if (!disclosure) continue
    if (disclosure.name !== undefined) throw new Broken('an element of a list has a name')
    opened.push(open(disclosure.value, opening))
  }
  return opened
}

/** Hides values of a payload behind digests, and collects the disclosures. */
export interface Hiding {
  /** Takes the place of a list element. */
  element(value: JsonValue): Promise<JsonObject>
  /** An object with some members hidden. */
  members(object: JsonObject, names: readonly string[]): Promise<JsonObject>
  readonly disclosures: readonly string[]
}

/** Each value has its own 128-bit salt (RFC 9901, 9.3). */
export function makeHiding(crypto: Pick<CryptoProvider, 'randomBytes' | 'sha256'>): Hiding {
  const disclosures: string[] = []
  const hide = (...parts: readonly JsonValue[]): Promise<string> => {
    const salt = toBase64url(crypto.randomBytes(16))
    const disclosure = toBase64url(utf8(JSON.stringify([salt, ...parts])))
    disclosures.push(disclosure)
    return digestOfDisclosure(disclosure, crypto)
  }
  return {
    disclosures,
    element: async (value) => ({ '...': await hide(value) }),
    async members(object, names) {
      const hidden = names.filter((name) => name in object)
      if (hidden.length === 0) return object
      const rest = Object.fromEntries(
        Object.entries(object).filter(([name]) => !hidden.includes(name)),
      )
      const digests = await Promise.all(hidden.map((name) => hide(name, object[name]!)))
      // Sorted, so that their order reveals nothing about the claims.
      return { ...rest, _sd: digests.sort() }
    },
  }
}
