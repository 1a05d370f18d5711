import { utf8 } from '../../encoding.ts'

/** The form of a seal: one byte of version, the nonce, the AES-256-GCM text and its tag of 16 bytes. */
export const sealVersion = 1
export const nonceLength = 12
export const tagLength = 16

/** What a seal is bound to: moved to another row it does not open. */
export const rowBinding = (row: string): Uint8Array => utf8(`procura identity key ${row}`)

/** Keys that stay open in memory. */
export const openedKeys = 10_000
