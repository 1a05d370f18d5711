import {
  type SecuredCredential,
  verifiedDocument,
} from '../../credential/authenticate-credential.ts'
import type { Proof } from '../../credential/proof.ts'
import { keepDocuments } from '../../did/methods/key.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { ToldStatus } from '../../status/judge-status.ts'
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
  /** What was verified: whoever relies on it keeps this, and not what it was sent. Absent if it is not verified. */
  readonly verifiedDocument?: JsonObject
}

/** What the proofs of a credential must be made for, where the caller says so. */
export interface ExpectedProofs {
  readonly challenge?: string | undefined
  readonly domain?: string | undefined
  /** Contexts in the document itself that the caller knows, where its proof does not sign them. */
  readonly knownContexts?: readonly JsonObject[] | undefined
}

/** @see https://w3c-ccg.github.io/vc-api/#verify-credential */
export async function verifyCredential(
  needs: JudgeNeeds,
  json: JsonValue,
  expected: ExpectedProofs = {},
): Promise<CredentialVerdict> {
  const { knownContexts } = expected
  const authentic = await authenticate(json, knownContexts ? { ...needs, knownContexts } : needs)
  const refusal = isRefusal(authentic) ? authentic : flawOfExpectation(authentic, expected)
  if (isRefusal(authentic) || refusal) return { refusal, caution: undefined, statusAge: undefined }
  const verified = { refusal: undefined, verifiedDocument: verifiedDocument(authentic) }
  const accepted = await acceptOrRefuse(authentic, needs)
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

/** Whether every proof is of a kind; a token has none, and was made for nobody. */
const isMade = (proofs: readonly Proof[], isOfKind: (proof: Proof) => boolean): boolean =>
  proofs.length > 0 && proofs.every(isOfKind)

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
