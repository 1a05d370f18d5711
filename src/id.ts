import { toHex } from './encoding.ts'
import type { Milliseconds } from './time.ts'

/** A UUID in its lower-case text form. Rows keep its 16 bytes. */
export type Id = string & { readonly __id: never }

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isId = (text: unknown): text is Id => typeof text === 'string' && uuid.test(text)

/** UUID version 7 (RFC 9562, 5.7): rows with such keys lie in the order of their making. */
export function newId(now: Milliseconds, randomBytes: (length: number) => Uint8Array): Id {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(now) << 16n)
  bytes.set(randomBytes(10), 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return idText(bytes)
}

/** UUID version 4: says nothing of when it was made. */
export function newRandomId(randomBytes: (length: number) => Uint8Array): Id {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return idText(bytes)
}

export function idText(bytes: Uint8Array): Id {
  const hex = toHex(bytes)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-') as Id
}

export function idBytes(id: Id): Uint8Array {
  const hex = id.replaceAll('-', '')
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
