import type { VerificationRelationship } from '../did/document.ts'
import type { ResolveDid } from '../did/resolve.ts'
import { signingKey } from '../did/signing-key.ts'
import type { Did } from '../did/syntax.ts'
import type { Budget } from '../foundation/budget.ts'
import { canonicalize } from '../foundation/canonical.ts'
import {
  isArray,
  isObject,
  isSameJson,
  isStrings,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { loadOnce } from '../foundation/load-once.ts'
import { after } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Clock } from '../foundation/time.ts'
import { algorithms } from '../keys/algorithm.ts'
import { type CryptoProvider, flawOfSignature } from '../keys/signature.ts'
import { flawOfTimes, type Proof } from './proof.ts'
import { digestToSign, type Hashing } from './proof-digest.ts'

const loadSelectiveDisclosure = loadOnce(() => import('./ecdsa-sd.ts'))

export interface AuthenticateNeeds {
  readonly clock: Clock
  readonly crypto: Pick<CryptoProvider, 'verify'> & Hashing
  readonly resolveDid: ResolveDid
  /** Of the request that causes the work. */
  readonly budget: Budget
  /** Exact contexts that the caller knows besides the bundled ones; absent: none. */
  readonly knownContexts?: readonly JsonObject[] | undefined
}

/** A document with its proofs, and what the proofs must show. */
export interface Proved {
  readonly document: JsonObject
  readonly proofs: readonly Proof[]
  readonly relationship: VerificationRelationship
  /** Who must have made at least one of the proofs. */
  readonly controller: string
  /** The canonical form of `document`, if known. */
  readonly canonical?: string | undefined
}

/**
 * Verifies every proof of a set; one invalid proof refuses all. (The published algorithm tests a
 * member that it never sets, and taken literally accepts a valid proof beside an invalid one.)
 *
 * @see https://www.w3.org/TR/vc-data-integrity/#verify-proof-sets-and-chains
 */
export async function verifyProofs(
  needs: AuthenticateNeeds,
  { document, proofs, relationship, controller, canonical }: Proved,
): Promise<Refusal | undefined> {
  const isRdf = proofs.some(({ suite }) => suite.form !== 'jcs')
  if (isRdf && !areKnown(document['@context'], needs.knownContexts ?? []))
    return refuse('context_unknown', 'it has an embedded context that is not known')
  let byController = false
  const isJcs = proofs.some(({ suite }) => suite.form === 'jcs')
  const jcs = isJcs ? (canonical ?? canonicalize(document)) : undefined
  for (const proof of proofs) {
    if (proof.purpose !== relationship) return refuse('proof_purpose')
    const signer = proof.verificationMethod.split('#', 1)[0]
    if (signer === controller) byController = true
    else if (proofs.length === 1) return refuse('signer_mismatch')
    const flaw = await verifyProof(needs, proof, {
      document,
      proofs,
      relationship,
      signer: signer as Did,
      jcs,
    })
    if (flaw) return flaw
  }
  return byController ? undefined : refuse('proof_of_issuer_missing')
}

/**
 * Over RDF, the signature covers statements, not the names used for them: a holder could swap two
 * terms of an embedded context together with their values. So an embedded context must be an
 * expected one.
 */
const areKnown = (contexts: JsonValue | undefined, known: readonly JsonObject[]): boolean =>
  !isArray(contexts) ||
  contexts.every((item) => !isObject(item) || known.some((one) => isSameJson(item, one)))

interface Among extends Pick<Proved, 'document' | 'proofs' | 'relationship'> {
  readonly signer: Did
  /** The canonical JSON of the document, if a proof needs it. */
  readonly jcs: string | undefined
}

async function verifyProof(
  needs: AuthenticateNeeds,
  proof: Proof,
  { document, proofs, relationship, signer, jcs }: Among,
): Promise<Refusal | undefined> {
  const flaw = flawOfContext(proof, document) ?? flawOfTimes(proof.json, needs.clock())
  if (flaw) return flaw
  const found = signingKey(proof.verificationMethod, relationship, signer, needs)
  const key = found instanceof Promise ? await found : found
  if (isRefusal(key)) return key
  const { suite } = proof
  if (!suite.keys.includes(key.kind))
    return refuse('proof_unsupported', 'the cryptosuite does not match the key')
  if (proof.signature.length !== algorithms[key.kind].signatureLength)
    return refuse('proof_malformed', "the signature does not have the key's length")
  const covered = proof.previous.length > 0 ? withPreviousProofs(document, proof, proofs) : document
  if (isRefusal(covered)) return covered
  const { proofValue, ...proofOptions } = proof.json
  const signed = { proofOptions, document: covered, form: suite.form, kind: key.kind }
  if (suite.form === 'sd') {
    const proofHash = await digestToSign(needs, signed)
    if (isRefusal(proofHash)) return proofHash
    const { verifyDerivedProof } = await loadSelectiveDisclosure()
    return verifyDerivedProof(needs, covered, proofValue as string, proofHash, key)
  }
  const known = covered === document ? jcs : undefined
  return after(digestToSign(needs, { ...signed, jcs: known }), (digest) =>
    isRefusal(digest) ? digest : flawOfSignature(needs, key, digest, proof.signature),
  )
}

/**
 * A proof's own context must be a prefix of the document's. Contexts appended later would be
 * unsigned, so the two must be equal: the whole document is returned as verified.
 */
function flawOfContext(proof: Proof, document: JsonObject): Refusal | undefined {
  const context = proof.json['@context']
  if (context === undefined) return undefined
  const same = isSame(context, document['@context'] ?? null)
  return same
    ? undefined
    : refuse('proof_malformed', "the proof's @context differs from the document's")
}

/** Lists of URLs, which contexts nearly always are, are compared without canonical forms. */
function isSame(a: JsonValue, b: JsonValue): boolean {
  if (isStrings(a) && isStrings(b))
    return a.length === b.length && a.every((item, i) => item === b[i])
  return canonicalize(a) === canonicalize(b)
}

/** The document including the proofs that this one builds on (proof chains). */
function withPreviousProofs(
  document: JsonObject,
  proof: Proof,
  proofs: readonly Proof[],
): JsonObject | Refusal {
  const missing = () =>
    refuse('proof_malformed', 'previousProof names an unknown proof, or forms a cycle')
  const matched: JsonObject[] = []
  for (const id of proof.previous) {
    const found = proofs.find((other) => other !== proof && other.json.id === id)
    if (!found || reaches(found, proof, proofs, new Set())) return missing()
    matched.push(found.json)
  }
  return { ...document, proof: matched }
}

function reaches(from: Proof, to: Proof, proofs: readonly Proof[], seen: Set<Proof>): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return from.previous.some((id) =>
    proofs.some((next) => next.json.id === id && reaches(next, to, proofs, seen)),
  )
}
