import { fromMultibase58 } from '../foundation/encoding.ts'
import {
  isArray,
  isObject,
  isStrings,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { type Milliseconds, maxClockSkewSeconds, parseTime } from '../foundation/time.ts'
import { type Cryptosuite, suiteOf } from './cryptosuite.ts'

/** A proof of checked form. */
export interface Proof {
  readonly json: JsonObject
  readonly suite: Cryptosuite
  readonly verificationMethod: string
  readonly purpose: string
  /** As in `proofValue`. For ecdsa-sd-2023 it is parsed where it is verified. */
  readonly signature: Uint8Array
  readonly challenge: string | undefined
  readonly domains: readonly string[]
  /** Ids of the proofs that it covers (proof chains). */
  readonly previous: readonly string[]
}

const maxProofs = 8

/** Parses `proof`, one or a set. An empty set is no proof. */
export function parseProofs(value: JsonValue | undefined): readonly Proof[] | Refusal {
  if (value === undefined || value === null) return refuse('proof_missing')
  const listed = isArray(value) ? value : [value]
  if (listed.length === 0) return refuse('proof_missing')
  if (listed.length > maxProofs)
    return refuse('too_large', `at most ${maxProofs} proofs are accepted`)
  const proofs: Proof[] = []
  for (const item of listed) {
    const proof = parseProof(item)
    if (isRefusal(proof)) return proof
    proofs.push(proof)
  }
  const ids = proofs.map((proof) => proof.json.id).filter((id) => id !== undefined)
  return new Set(ids).size === ids.length
    ? proofs
    : refuse('proof_malformed', 'two proofs have the same id')
}

function parseProof(json: JsonValue): Proof | Refusal {
  const bad = (detail: string) => refuse('proof_malformed', detail)
  if (!isObject(json)) return refuse('malformed', 'the proof is not an object')
  const { type, cryptosuite, verificationMethod, proofPurpose, proofValue, id } = json
  if (
    typeof type !== 'string' ||
    typeof verificationMethod !== 'string' ||
    typeof proofPurpose !== 'string'
  )
    return bad('a proof needs type, verificationMethod and proofPurpose')
  const suite = suiteOf(type, cryptosuite)
  if (!suite) return refuse('proof_unsupported')
  // 64 bytes are 86 to 88 characters in base58-btc; 96 bytes, of P-384, at most 132.
  const signature =
    typeof proofValue !== 'string'
      ? undefined
      : suite.form === 'sd'
        ? new Uint8Array(64)
        : proofValue.length <= 133
          ? fromMultibase58(proofValue)
          : undefined
  if (signature?.length !== 64 && signature?.length !== 96)
    return bad('proofValue must be z and base58-btc of a signature')
  if (id !== undefined && typeof id !== 'string') return bad('the id of the proof is not a URL')
  const { challenge, domain = [], previousProof = [] } = json
  if (challenge !== undefined && typeof challenge !== 'string')
    return bad('challenge must be a string')
  const domains = typeof domain === 'string' ? [domain] : domain
  const previous = typeof previousProof === 'string' ? [previousProof] : previousProof
  if (!isStrings(domains)) return bad('domain must be a string or a list of them')
  if (!isStrings(previous)) return bad('previousProof must be an id or a list of them')
  return {
    json,
    suite,
    verificationMethod,
    purpose: proofPurpose,
    signature,
    challenge,
    domains,
    previous,
  }
}

export function flawOfTimes(
  { created, expires }: JsonObject,
  now: Milliseconds,
): Refusal | undefined {
  const from =
    created === undefined ? undefined : typeof created === 'string' ? parseTime(created) : undefined
  const until =
    expires === undefined ? undefined : typeof expires === 'string' ? parseTime(expires) : undefined
  if (
    (created !== undefined && from === undefined) ||
    (expires !== undefined && until === undefined)
  )
    return refuse('proof_malformed', 'created and expires must be dateTimeStamps')
  if (from !== undefined && from - maxClockSkewSeconds * 1000 > now)
    return refuse('proof_expired', 'the proof was created in the future')
  if (until !== undefined && (until <= now || (from !== undefined && until < from)))
    return refuse('proof_expired')
  return undefined
}

/** Whether a proof that was valid before has expired since. */
export function flawOfExpiry(proofs: readonly Proof[], now: Milliseconds): Refusal | undefined {
  for (const { json } of proofs) {
    const flaw = json.expires === undefined ? undefined : flawOfTimes(json, now)
    if (flaw) return flaw
  }
  return undefined
}
