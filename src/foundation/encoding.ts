import { base64urlnopad, hex } from '@scure/base'
import { decodeBase58, encodeBase58 } from './base58.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Buffer is several times faster than tables in JavaScript and than TextEncoder; browsers lack it.
 */
const native = globalThis.Buffer as typeof Buffer | undefined

export const utf8 = (text: string): Uint8Array => native?.from(text) ?? encoder.encode(text)

/** @throws TypeError if the bytes are not well-formed UTF-8. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

export const toHex = (bytes: Uint8Array): string => hex.encode(bytes)

export const fromHex = (text: string): Uint8Array | undefined => attempt(() => hex.decode(text))

/** base64url without padding (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  if (!native) return base64urlnopad.encode(bytes)
  return native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * Decodes base64url without padding in its canonical spelling only: padding, white space,
 * characters of plain base64 and non-zero trailing bits are refused.
 *
 * @returns undefined for any other spelling.
 */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (!native) return attempt(() => base64urlnopad.decode(text))
  const bytes = native.from(text, 'base64url')
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined
}

/** base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const text = toBase64url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

export function fromBase64(text: string): Uint8Array | undefined {
  const bare = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  const bytes = fromBase64url(bare)
  return bytes && toBase64(bytes) === text ? bytes : undefined
}

/** Multibase base58-btc, with its `z`. */
export const toMultibase58 = (bytes: Uint8Array): string => `z${encodeBase58(bytes)}`

/** @returns undefined unless the text is `z` and base58-btc of at most 512 characters. */
export const fromMultibase58 = (text: string): Uint8Array | undefined =>
  text[0] === 'z' && text.length > 1 ? decodeBase58(text.slice(1)) : undefined

export const toMultibase64url = (bytes: Uint8Array): string => `u${toBase64url(bytes)}`

/** @returns undefined unless the text is `u` and base64url without padding. */
export const fromMultibase64url = (text: string): Uint8Array | undefined =>
  text[0] === 'u' ? fromBase64url(text.slice(1)) : undefined

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Compares in constant time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
