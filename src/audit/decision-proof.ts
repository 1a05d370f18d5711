import { canonicalize } from '../foundation/canonical.ts'
import { fromBase64, fromBase64url, toBase64, toBase64url } from '../foundation/encoding.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { SequencedEvent } from './audit-store.ts'
import { openCheckpoint } from './checkpoint.ts'
import { isIncluded } from './proof.ts'
import { commitmentTo, saltLength } from './record.ts'

/**
 * A decision that can be verified years later without the service: what was decided, on which chain
 * and status, and that the log contained it at the checkpoint.
 */
export interface DecisionProof extends JsonObject {
  readonly event: JsonObject
  readonly salt: string
  readonly sequence: number
  /** Hashes from the event up to the root, in base64. */
  readonly inclusion: readonly string[]
  /** C2SP signed note. */
  readonly checkpoint: string
  readonly verifierKey: string
}

export const writeDecisionProof = (
  { sequence, content }: SequencedEvent & { readonly content: object },
  inclusion: readonly Uint8Array[],
  checkpoint: string,
  verifierKey: string,
): DecisionProof => ({
  event: JSON.parse(content.body) as JsonObject,
  salt: toBase64url(content.salt),
  sequence,
  inclusion: inclusion.map(toBase64),
  checkpoint,
  verifierKey,
})

export type ProofVerdict =
  | { readonly sound: true; readonly event: JsonObject; readonly origin: string }
  | { readonly sound: false; readonly because: string }

/** @param key of the log, from a trusted source and not from the proof. */
export async function checkDecisionProof(
  proof: JsonValue,
  key: PublicKey,
  crypto: Pick<CryptoProvider, 'sha256' | 'verify'>,
): Promise<ProofVerdict> {
  const bad = (because: string): ProofVerdict => ({ sound: false, because })
  if (!isObject(proof) || !isObject(proof.event)) return bad('it is not a proof of a decision')
  const { event, sequence, inclusion, checkpoint } = proof
  const salt = typeof proof.salt === 'string' ? fromBase64url(proof.salt) : undefined
  const hashes = isArray(inclusion)
    ? inclusion.map((hash) => (typeof hash === 'string' ? fromBase64(hash) : undefined))
    : [undefined]
  // The log holds events of other types too, and a salt of another length could hold part of one.
  if (event.type !== 'decision.made' || salt?.length !== saltLength)
    return bad('it is not a proof of a decision')
  if (typeof sequence !== 'number' || typeof checkpoint !== 'string')
    return bad('it is not a proof of a decision')
  if (!hashes.every((hash) => hash?.length === 32)) return bad('one of its hashes is malformed')
  const head = await openCheckpoint(checkpoint, key, crypto)
  if (!head) return bad('this key did not sign the checkpoint')
  const leaf = await commitmentTo(salt, canonicalize(event), crypto)
  const path = hashes as readonly Uint8Array[]
  return (await isIncluded(crypto, { leaf, index: sequence, proof: path, ...head }))
    ? { sound: true, event, origin: head.origin }
    : bad('the log of that checkpoint does not contain this event at this place')
}
