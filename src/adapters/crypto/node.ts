import {
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  verify as verifyNow,
} from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import { fromJwk, type PublicKey, toJwk } from '../../keys/public-key.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import { makeGathering } from '../event-loop/gather.ts'
import { toDer } from './ecdsa-encoding.ts'
import { ecdsaDigests, generateKeyPair, nodeSigner } from './node-signer.ts'
import { sodiumCheck } from './sodium.ts'

const importedKeys = new WeakMap<PublicKey, KeyObject>()

/**
 * Importing a key costs nearly half a verification, so each is imported once for as long as its
 * object lives.
 */
function imported(key: PublicKey): KeyObject {
  let object = importedKeys.get(key)
  if (!object) {
    object = createPublicKey({ key: { ...toJwk(key) }, format: 'jwk' })
    importedKeys.set(key, object)
  }
  return object
}

const digestOf = ({ kind }: PublicKey) => ecdsaDigests[kind]
const asOpenSsl = ({ kind }: PublicKey, signature: Uint8Array) =>
  kind === 'Ed25519' ? signature : toDer(signature)

const verifyLater = promisify(
  (
    digest: string | null,
    data: Uint8Array,
    key: KeyObject,
    signature: Uint8Array,
    done: (error: Error | null, good: boolean) => void,
  ) => verifyNow(digest, data, key, signature, done),
)

function verifyHere(key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  const check = key.kind === 'Ed25519' ? sodiumCheck() : undefined
  return check
    ? check(signature, data, key.bytes)
    : verifyNow(digestOf(key), data, imported(key), asOpenSsl(key, signature))
}

const attempt = (check: () => boolean): MaybePromise<boolean> => {
  try {
    return check()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Beyond this, waiting takes longer than verifying on this thread. */
const mostPerThread = 64

/**
 * node:crypto, and libsodium for Ed25519 where available. A single verification is fastest on this
 * thread. When others wait, verifications go to threads on spare cores; if there are few or all are
 * busy, they are batched and done here.
 *
 * @param othersWait whether there is other work than the requested verification.
 * @param spareCores besides this thread's core.
 */
export function makeNodeCrypto(
  othersWait: () => boolean,
  spareCores = availableParallelism() - 1,
): CryptoProvider {
  const gather = makeGathering<() => boolean, boolean>((checks) => checks.map(attempt))
  let onThreads = 0
  const verifyOnThread: CryptoProvider['verifyBeside'] = async (key, data, signature) => {
    onThreads++
    try {
      return await verifyLater(digestOf(key), data, imported(key), asOpenSsl(key, signature))
    } finally {
      onThreads--
    }
  }
  const verifyAmongOthers: CryptoProvider['verify'] = (key, data, signature) =>
    onThreads < spareCores * mostPerThread
      ? verifyOnThread(key, data, signature)
      : gather(() => verifyHere(key, data, signature))
  return {
    verify: (key, data, signature) =>
      othersWait() ? verifyAmongOthers(key, data, signature) : verifyHere(key, data, signature),
    verifyBeside(key, data, signature) {
      if (othersWait()) return verifyAmongOthers(key, data, signature)
      // With libsodium the verification is done before a thread would have answered.
      return spareCores === 0 || (key.kind === 'Ed25519' && sodiumCheck())
        ? verifyHere(key, data, signature)
        : verifyOnThread(key, data, signature)
    },
    // Through a string: creating a buffer costs more than hashing a small input.
    sha256: (data) => Buffer.from(hash('sha256', data, 'hex'), 'hex'),
    sha384: (data) => Buffer.from(hash('sha384', data, 'hex'), 'hex'),
    makeSigner(kind) {
      const { publicKey, privateKey } = generateKeyPair(kind)
      return nodeSigner(fromJwk(publicKey.export({ format: 'jwk' }) as never)!, privateKey)
    },
    randomBytes: takeRandom,
  }
}

const poolLength = 4096
let pool: Buffer | undefined
let taken = 0

/**
 * Requesting 16 random bytes costs as much as thousands, so they come from a pool, each used once.
 */
function takeRandom(length: number): Uint8Array {
  if (length > poolLength) return new Uint8Array(randomBytes(length))
  // Nothing is random while modules load: Workers forbid it there.
  if (!pool || taken + length > poolLength) {
    pool = randomBytes(poolLength)
    taken = 0
  }
  const bytes = new Uint8Array(pool.subarray(taken, taken + length))
  pool.fill(0, taken, taken + length)
  taken += length
  return bytes
}

export const nodeCrypto: CryptoProvider = makeNodeCrypto(() => false)
