import {
  concatBytes,
  equalBytes,
  fromBase64url,
  toBase64url,
  utf8,
} from '../foundation/encoding.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import { type Milliseconds, maxClockSkewSeconds, type Seconds } from '../foundation/time.ts'
import { hmacSha256 } from '../keys/hmac.ts'
import type { CryptoProvider } from '../keys/signature.ts'

/**
 * A challenge is not stored: it consists of 6 bytes of expiry, 16 random bytes, and a MAC over
 * both, the caller, and the audience. Spending it is one insert of its random bytes.
 */
export interface Challenge {
  /** The 16 random bytes, by which it is spent. */
  readonly nonce: Uint8Array
  readonly expiresAt: Milliseconds
}

export const challengeLifetime = { default: 300, max: 900 } as const satisfies Record<
  string,
  Seconds
>

const expiryLength = 6
const nonceLength = 16
const bodyLength = expiryLength + nonceLength

export interface ChallengeBinding {
  /** Who asked for the challenge; only they may use it. */
  readonly caller: string
  /** The audience's DID; for a proof of possession, the agent's id. */
  readonly audience: string
}

export async function makeChallenge(
  binding: ChallengeBinding,
  expiresAt: Milliseconds,
  key: Uint8Array,
  crypto: Pick<CryptoProvider, 'sha256' | 'randomBytes'>,
): Promise<string> {
  const body = new Uint8Array(bodyLength)
  // A JavaScript date fits into 48 bits: written as 16 and 32.
  const view = new DataView(body.buffer)
  view.setUint16(0, Math.floor(expiresAt / 2 ** 32))
  view.setUint32(2, expiresAt % 2 ** 32)
  body.set(crypto.randomBytes(nonceLength), expiryLength)
  return toBase64url(concatBytes(body, await authenticationCode(body, binding, key, crypto)))
}

/**
 * Returns the challenge if it was made here for this caller and audience. It may have expired.
 *
 * @param keys any of which may have made it: two while the master key is being rotated.
 */
export function openChallenge(
  text: string,
  binding: ChallengeBinding,
  keys: readonly Uint8Array[],
  crypto: Pick<CryptoProvider, 'sha256'>,
): MaybePromise<Challenge | undefined> {
  const [key, ...older] = keys
  if (!key) return undefined
  const bytes = text.length < 200 ? fromBase64url(text) : undefined
  if (bytes?.length !== bodyLength + 32) return undefined
  const body = bytes.subarray(0, bodyLength)
  return after(authenticationCode(body, binding, key, crypto), (code) =>
    equalBytes(code, bytes.subarray(bodyLength))
      ? { nonce: bytes.slice(expiryLength, bodyLength), expiresAt: readExpiry(bytes) }
      : openChallenge(text, binding, older, crypto),
  )
}

/** 48 bits, big-endian. */
function readExpiry(bytes: Uint8Array): Milliseconds {
  let expiresAt = 0
  for (let i = 0; i < expiryLength; i++) expiresAt = expiresAt * 256 + bytes[i]!
  return expiresAt
}

/** Returns the challenge if it was made here and is valid. All failures give the same answer. */
export function checkChallenge(
  text: string,
  binding: ChallengeBinding,
  now: Milliseconds,
  keys: readonly Uint8Array[],
  crypto: Pick<CryptoProvider, 'sha256'>,
): MaybePromise<Challenge | Refusal> {
  return after(openChallenge(text, binding, keys, crypto), (challenge) =>
    challenge && isInTime(challenge, now) ? challenge : refuse('challenge_invalid'),
  )
}

/**
 * Whether a challenge is within its time. One that expires later than any made now could was made
 * by a clock that was ahead.
 */
export const isInTime = ({ expiresAt }: Challenge, now: Milliseconds): boolean =>
  now < expiresAt && expiresAt <= now + (challengeLifetime.max + maxClockSkewSeconds) * 1000

const authenticationCode = (
  body: Uint8Array,
  { caller, audience }: ChallengeBinding,
  key: Uint8Array,
  crypto: Pick<CryptoProvider, 'sha256'>,
) => hmacSha256(key, concatBytes(body, utf8(JSON.stringify([caller, audience]))), crypto)
