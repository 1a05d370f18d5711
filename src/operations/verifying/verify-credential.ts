import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Proof } from '../../credential/proof.ts'
import { keepDocuments } from '../../did/methods/key.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { ToldStatus } from '../../status/judge-status.ts'
import { accept, authenticate, type JudgeNeeds } from './judge-credential.ts'

/**
 * The result of verifying a credential. `refusal` concerns proof and form: `verified` in the W3C's
 * sense. `caution` is any other reason not to rely on it now.
 */
export interface CredentialVerdict {
  readonly refusal: Refusal | undefined
  readonly caution: Refusal | undefined
  readonly statusAge: Seconds | undefined
  /** Status that denies nothing: messages, and that a newer credential exists. */
  readonly told?: readonly ToldStatus[]
  /**
   * The verified document, which relying parties should use instead of their input. Absent if not
   * verified.
   */
  readonly verifiedDocument?: JsonObject
}

/** What the caller requires of the credential's proofs. */
export interface ExpectedProofs {
  readonly challenge?: string | undefined
  readonly domain?: string | undefined
  /** Contexts in the document that the caller knows although its proof does not sign them. */
  readonly knownContexts?: readonly JsonObject[] | undefined
}

/** @see https://w3c-ccg.github.io/vc-api/#verify-credential */
export async function verifyCredential(
  needs: JudgeNeeds,
  json: JsonValue,
  expected: ExpectedProofs = {},
): Promise<CredentialVerdict> {
  const { knownContexts } = expected
  const authentic = await authenticate(knownContexts ? { ...needs, knownContexts } : needs, json)
  const refusal = isRefusal(authentic) ? authentic : flawOfExpectation(authentic, expected)
  if (isRefusal(authentic) || refusal) return { refusal, caution: undefined, statusAge: undefined }
  const verified = { refusal: undefined, verifiedDocument: authentic.document }
  const accepted = await acceptOrRefuse(needs, authentic)
  if (isRefusal(accepted)) return { ...verified, caution: accepted, statusAge: undefined }
  keepDocuments([authentic.issuer], needs)
  const { statusAge, told } = accepted
  return { ...verified, caution: undefined, statusAge, ...(told.length > 0 ? { told } : {}) }
}

/** @see https://www.w3.org/TR/vc-data-integrity/#verify-proof */
function flawOfExpectation(
  { securing }: SecuredCredential,
  { challenge, domain }: ExpectedProofs,
): Refusal | undefined {
  if (challenge === undefined && domain === undefined) return undefined
  const proofs = securing.mechanism === 'data-integrity' ? securing.proofs : []
  if (challenge !== undefined && !isMade(proofs, (proof) => proof.challenge === challenge))
    return refuse('challenge_mismatch')
  const isFor = ({ domains }: Proof) => domains.length === 1 && domains[0] === domain
  return domain === undefined || isMade(proofs, isFor) ? undefined : refuse('domain_mismatch')
}

/** Whether every proof meets the expectation. A token has no such members and never meets one. */
const isMade = (proofs: readonly Proof[], isOfKind: (proof: Proof) => boolean): boolean =>
  proofs.length > 0 && proofs.every(isOfKind)

/**
 * Proofs need no database: their result is returned even while it is unreachable, with a caution.
 */
async function acceptOrRefuse(needs: JudgeNeeds, credential: Parameters<typeof accept>[1]) {
  try {
    return await accept(needs, credential)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'storage_unreachable')
      return refuse('status_unavailable', 'the database is unreachable, so the status is unknown')
    throw error
  }
}
