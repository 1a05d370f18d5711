import { type BoundedCache, forever, makeCache } from '../../foundation/cache.ts'
import { utf8 } from '../../foundation/encoding.ts'
import { monotonicClock } from '../../foundation/time.ts'

/** A seal: one byte of version, the nonce, the AES-256-GCM ciphertext, and its tag of 16 bytes. */
export const sealVersion = 1
export const nonceLength = 12
export const tagLength = 16

/** The row that a seal is bound to: in another row it does not open. */
export const rowBinding = (row: string): Uint8Array => utf8(`procura identity key ${row}`)

/** Keys kept open in memory. The id of a row names one key forever. */
export const openedKeys = { entries: 10_000, lifetime: forever } as const

/** Default for callers without a cache. */
export const fewOpenedKeys = <K>(): BoundedCache<K> =>
  makeCache(
    monotonicClock(() => 0),
    { ...openedKeys, bytes: 4_000_000 },
  )
