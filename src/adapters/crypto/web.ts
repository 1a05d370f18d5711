import type { webcrypto } from 'node:crypto'
import { utf8 } from '../../foundation/encoding.ts'
import { readBounded } from '../../foundation/read-bounded.ts'
import { fromJwk, type PublicKey, toJwk } from '../../keys/public-key.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import type { Compression } from '../../status/bit-string.ts'

export type CryptoKey = webcrypto.CryptoKey

const importedKeys = new WeakMap<PublicKey, Promise<CryptoKey>>()

export const webAlgorithms = {
  Ed25519: { import: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  'P-256': {
    import: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
  },
  'P-384': {
    import: { name: 'ECDSA', namedCurve: 'P-384' },
    sign: { name: 'ECDSA', hash: 'SHA-384' },
  },
} as const

/** Each key is imported once for as long as its object lives. */
function imported(key: PublicKey): Promise<CryptoKey> {
  let object = importedKeys.get(key)
  if (!object) {
    const { import: algorithm } = webAlgorithms[key.kind]
    object = crypto.subtle.importKey('jwk', { ...toJwk(key) }, algorithm, false, ['verify'])
    importedKeys.set(key, object)
  }
  return object
}

const verify: CryptoProvider['verify'] = async (key, data, signature) => {
  const { sign: algorithm } = webAlgorithms[key.kind]
  return crypto.subtle.verify(algorithm, await imported(key), bytes(signature), bytes(data))
}

const digest = async (algorithm: string, data: Uint8Array | string) =>
  new Uint8Array(
    await crypto.subtle.digest(algorithm, bytes(typeof data === 'string' ? utf8(data) : data)),
  )

/** WebCrypto: Workers and browsers. */
export const webCrypto: CryptoProvider = {
  verify,
  // WebCrypto never works on this thread.
  verifyBeside: verify,
  sha256: (data) => digest('SHA-256', data),
  sha384: (data) => digest('SHA-384', data),
  async makeSigner(kind) {
    const { import: algorithm, sign } = webAlgorithms[kind]
    const pair = (await crypto.subtle.generateKey(algorithm, false, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const publicKey = fromJwk({ kty: kty!, crv: crv!, x: x!, ...(y ? { y } : {}) })!
    return {
      publicKey,
      sign: async (data) =>
        new Uint8Array(await crypto.subtle.sign(sign, pair.privateKey, bytes(data))),
    }
  },
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** WebCrypto's types require bytes that are not shared with another thread. */
export const bytes = (data: Uint8Array) => data as Uint8Array<ArrayBuffer>

const compress = (format: 'gzip' | 'deflate') => async (data: Uint8Array) =>
  (await readBounded(through(data, new CompressionStream(format)), Number.POSITIVE_INFINITY))!

const decompress =
  (format: 'gzip' | 'deflate'): Compression['gunzip'] =>
  async (data, maxBytes) => {
    try {
      // Stops reading, and so inflating, beyond the limit.
      return await readBounded(through(data, new DecompressionStream(format)), maxBytes)
    } catch {
      return undefined
    }
  }

export const webCompression: Compression = {
  gzip: compress('gzip'),
  gunzip: decompress('gzip'),
  // What the Web calls deflate is the zlib format.
  deflate: compress('deflate'),
  inflate: decompress('deflate'),
}

const through = (data: Uint8Array, transform: CompressionStream | DecompressionStream) =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes(data))
      controller.close()
    },
  }).pipeThrough(transform)
