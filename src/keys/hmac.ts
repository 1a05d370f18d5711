import { concatBytes } from '../encoding.ts'
import { after, type MaybePromise } from '../maybe-promise.ts'
import type { Crypto } from './signature.ts'

const blockLength = 64

/**
 * HMAC-SHA256 over the hash that every runtime has: node:crypto takes four times as long to set one up.
 *
 * @param key at most 64 bytes.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */
export function hmacSha256(
  key: Uint8Array,
  data: Uint8Array,
  crypto: Pick<Crypto, 'sha256'>,
): MaybePromise<Uint8Array> {
  if (key.length > blockLength) throw new RangeError('the key is longer than a block')
  const inner = new Uint8Array(blockLength + data.length).fill(0x36, 0, blockLength)
  const outer = new Uint8Array(blockLength).fill(0x5c)
  for (let i = 0; i < key.length; i++) {
    inner[i]! ^= key[i]!
    outer[i]! ^= key[i]!
  }
  inner.set(data, blockLength)
  return after(crypto.sha256(inner), (digest) => crypto.sha256(concatBytes(outer, digest)))
}
