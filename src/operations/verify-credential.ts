import { ServiceError } from '../errors.ts'
import type { JsonValue } from '../json.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { ToldStatus } from '../status/judge-status.ts'
import type { Seconds } from '../time.ts'
import { accept, authenticate, type JudgeNeeds } from './judge-credential.ts'

/**
 * What is found of a credential. `refusal` is about its proof and shape: `verified` in the W3C's
 * sense. `caution` is about everything else that keeps it from being relied on now.
 */
export interface CredentialVerdict {
  readonly refusal: Refusal | undefined
  readonly caution: Refusal | undefined
  readonly statusAge: Seconds | undefined
  /** What its status says that denies nothing: messages, and that there is a newer credential. */
  readonly told?: readonly ToldStatus[]
}

/** @see https://w3c-ccg.github.io/vc-api/#verify-credential */
export async function verifyCredential(
  needs: JudgeNeeds,
  json: JsonValue,
): Promise<CredentialVerdict> {
  const authentic = await authenticate(json, needs)
  if (isRefusal(authentic)) return { refusal: authentic, caution: undefined, statusAge: undefined }
  const accepted = await acceptOrRefuse(authentic, needs)
  if (isRefusal(accepted)) return { refusal: undefined, caution: accepted, statusAge: undefined }
  const { statusAge, told } = accepted
  return { refusal: undefined, caution: undefined, statusAge, ...(told.length > 0 ? { told } : {}) }
}

/** The proof needs no database: what is found of it is told also while the database is gone, and nothing is relied on. */
async function acceptOrRefuse(credential: Parameters<typeof accept>[0], needs: JudgeNeeds) {
  try {
    return await accept(credential, needs)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'storage_unreachable')
      return refuse(
        'status_unavailable',
        'the database is not there: nothing is known of its status',
      )
    throw error
  }
}
