import type { Milliseconds } from './time.ts'

/** A UUID in its lower-case text form. Rows store its 16 bytes. */
export type Id = string & { readonly __id: never }

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isId = (text: unknown): text is Id => typeof text === 'string' && uuid.test(text)

/** 12 bits that order ids within a millisecond. */
export const maxOrdinal = 0xfff

/**
 * UUID version 7 (RFC 9562, 5.7): keys sort by creation time.
 *
 * @param ordinal position among the ids of this millisecond, 0 to 4095; random if order does not
 *   matter.
 */
export function newId(
  now: Milliseconds,
  randomBytes: (length: number) => Uint8Array,
  ordinal?: number,
): Id {
  const bytes = randomBytes(16)
  for (let i = 5, rest = now; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  if (ordinal !== undefined) {
    bytes[6] = ordinal >> 8
    bytes[7] = ordinal & 0xff
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return idText(bytes)
}

/** The smallest id of that millisecond. */
export const firstIdOf = (at: Milliseconds): Id => newId(at, (length) => new Uint8Array(length))

/** Creation time of a version 7 UUID. */
export const timeOf = (id: Id): Milliseconds =>
  Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

/** UUID version 4: reveals nothing about its creation time. */
export function newRandomId(randomBytes: (length: number) => Uint8Array): Id {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return idText(bytes)
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function idText(bytes: Uint8Array): Id {
  let text = ''
  for (let i = 0; i < 16; i++)
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hexPairs[bytes[i]!]
  return text as Id
}

export function idBytes(id: Id): Uint8Array {
  const bytes = new Uint8Array(16)
  for (let i = 0, at = 0; i < 16; i++, at += 2) {
    if (id.charCodeAt(at) === hyphen) at++
    bytes[i] = (digit(id.charCodeAt(at)) << 4) | digit(id.charCodeAt(at + 1))
  }
  return bytes
}

const hyphen = 0x2d
/** The value of a lower-case hexadecimal digit. */
const digit = (code: number): number => (code > 0x39 ? code - 0x57 : code - 0x30)
