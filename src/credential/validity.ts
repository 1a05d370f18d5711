import { type Refusal, refuse } from '../foundation/refusal.ts'
import { type Milliseconds, maxClockSkewSeconds } from '../foundation/time.ts'
import type { ParsedCredential } from './credential.ts'

/**
 * `validFrom − 60 s ≤ now < validUntil`: tolerates a clock that is behind, but nothing at expiry
 * (permission-model.md, 2.6).
 */
export function flawOfValidity(
  credential: ParsedCredential,
  now: Milliseconds,
): Refusal | undefined {
  const { validFrom, validUntil } = credential
  if (validFrom !== undefined && now < validFrom - maxClockSkewSeconds * 1000)
    return refuse('not_yet_valid')
  if (validUntil !== undefined && now >= validUntil) return refuse('expired')
  return undefined
}
