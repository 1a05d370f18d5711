import { type BoundedCache, forever, makeCache } from '../../foundation/cache.ts'
import { utf8 } from '../../foundation/encoding.ts'
import { monotonicClock } from '../../foundation/time.ts'

/** The form of a seal: one byte of version, the nonce, the AES-256-GCM text and its tag of 16 bytes. */
export const sealVersion = 1
export const nonceLength = 12
export const tagLength = 16

/** What a seal is bound to: moved to another row it does not open. */
export const rowBinding = (row: string): Uint8Array => utf8(`procura identity key ${row}`)

/** Keys that stay open in memory: the id of a row names one key, for good. */
export const openedKeys = { entries: 10_000, lifetime: forever } as const

/** For those who give no memory of their own. */
export const fewOpenedKeys = <K>(): BoundedCache<K> =>
  makeCache(
    monotonicClock(() => 0),
    { ...openedKeys, bytes: 4_000_000 },
  )
