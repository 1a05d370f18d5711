import type { Budget } from '../foundation/budget.ts'
import { concatBytes, utf8 } from '../foundation/encoding.ts'
import type { JsonObject } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { fromMultikeyBytes, type PublicKey } from '../keys/public-key.ts'
import { type CryptoProvider, flawOfSignature } from '../keys/signature.ts'
import { canonicalizeRdf } from '../linked-data/canonicalize.ts'
import { hidesMembers, membersOfCredentials } from '../linked-data/hidden-members.ts'
import { relabelLine } from '../linked-data/quads.ts'
import { readDerivedProofValue } from './ecdsa-sd-proof-value.ts'
import { mixesEntries } from './proof-digest.ts'

/**
 * Verifies what a holder revealed of a credential signed statement by statement: the issuer signed
 * every statement, and everything it made mandatory is present.
 *
 * @param proofHash of the proof's options.
 * @see https://www.w3.org/TR/vc-di-ecdsa/#verify-derived-proof-ecdsa-sd-2023
 */
export async function verifyDerivedProof(
  needs: { readonly crypto: Pick<CryptoProvider, 'sha256' | 'verify'>; readonly budget: Budget },
  document: JsonObject,
  proofValue: string,
  proofHash: Uint8Array,
  key: PublicKey,
): Promise<Refusal | undefined> {
  const { crypto } = needs
  const malformed = () =>
    refuse('proof_malformed', 'the proof is a base proof: derive one to reveal the credential')
  const value = await readDerivedProofValue(proofValue)
  const statementKey = value && fromMultikeyBytes(value.publicKey)
  if (!value || statementKey?.kind !== 'P-256') return malformed()
  const canonical = await canonicalizeRdf(document, (text) => crypto.sha256(text), needs.budget)
  if (isRefusal(canonical)) return canonical
  if (hidesMembers(document, canonical, membersOfCredentials))
    return refuse('data_loss', 'a term has another meaning in its contexts than a verifier reads')
  if (mixesEntries(document))
    return refuse('data_loss', 'two entries of its status have the same id, and could be mixed up')
  const statements = canonical
    .split('\n')
    .slice(0, -1)
    .map((line) => `${relabelLine(line, (label) => value.labels.get(label) ?? label)}\n`)
    .sort()
  const mandatory = new Set(value.mandatoryIndexes)
  const others = statements.filter((_, i) => !mandatory.has(i))
  if (
    others.length !== value.signatures.length ||
    others.length + mandatory.size !== statements.length
  )
    return refuse('signature_invalid')
  const mandatoryHash = await crypto.sha256(statements.filter((_, i) => mandatory.has(i)).join(''))
  const signed = concatBytes(proofHash, value.publicKey, mandatoryHash)
  const flaw = await flawOfSignature(needs, key, signed, value.baseSignature)
  if (flaw) return flaw
  for (const [i, statement] of others.entries()) {
    const flaw = await flawOfSignature(needs, statementKey, utf8(statement), value.signatures[i]!)
    if (flaw) return flaw
  }
  return undefined
}
