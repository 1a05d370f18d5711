import { canonicalize } from '../canonical.ts'
import type { VerificationRelationship } from '../did/document.ts'
import type { ResolveDid } from '../did/resolve.ts'
import { signingKey } from '../did/signing-key.ts'
import type { Did } from '../did/syntax.ts'
import { concatBytes, fromMultibase58, toMultibase58 } from '../encoding.ts'
import { ServiceError } from '../errors.ts'
import { isArray, isObject, isStrings, type JsonObject, type JsonValue } from '../json.ts'
import { algorithms, type KeyKind } from '../keys/algorithm.ts'
import { type Crypto, type Signer, verifySignature } from '../keys/signature.ts'
import { canonicalizeRdf } from '../linked-data/canonicalize.ts'
import {
  hidesMembers,
  membersOfCredentials,
  membersOfProofs,
} from '../linked-data/hidden-members.ts'
import { after, type MaybePromise } from '../maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import {
  type Clock,
  formatTime,
  type Milliseconds,
  maxClockSkewSeconds,
  parseTime,
} from '../time.ts'
import {
  type Cryptosuite,
  type CryptosuiteName,
  cryptosuites,
  defaultCryptosuite,
  digestFor,
  suiteOf,
} from './cryptosuite.ts'
import { verifyDerivedProof } from './ecdsa-sd.ts'
import { makeBaseProofValue, type StatementCrypto } from './ecdsa-sd-issue.ts'

/**
 * Data Integrity proofs, over canonical JSON or canonical RDF.
 *
 * @see https://www.w3.org/TR/vc-di-eddsa/
 * @see https://www.w3.org/TR/vc-di-ecdsa/
 */
export interface ProofOptions {
  readonly verificationMethod: string
  readonly proofPurpose: 'assertionMethod' | 'authentication'
  readonly created: Milliseconds
  readonly challenge?: string
  readonly domain?: string
  /** By which other proofs can name it. */
  readonly id?: string
  /** Proofs that it is over: of `addProof`. */
  readonly previousProof?: readonly string[]
  /** Default: over canonical JSON, by the kind of the signer's key. */
  readonly cryptosuite?: CryptosuiteName
  /** Of ecdsa-sd-2023: what a holder must always reveal, as JSON pointers. */
  readonly mandatoryPointers?: readonly string[]
}

/**
 * Secures a document that has no proof. Nothing is added to the document but `proof`.
 *
 * @throws ServiceError `credential_malformed` if its JSON-LD has no canonical form.
 */
export async function secureWithDataIntegrity<D extends JsonObject>(
  document: D,
  options: ProofOptions,
  signer: Signer,
  crypto: Hashing & Partial<StatementCrypto>,
): Promise<D & { readonly proof: JsonObject }> {
  return withProof(document, await makeProof(document, options, signer, crypto))
}

/**
 * Adds a proof to a document that has some: beside them (a proof set), or over them, where
 * `previousProof` names them (a proof chain).
 *
 * @throws ServiceError `credential_malformed` if it names a proof that is not there.
 * @see https://www.w3.org/TR/vc-data-integrity/#add-proof-set-chain
 */
export async function addProof(
  secured: JsonObject,
  options: ProofOptions,
  signer: Signer,
  crypto: Hashing & Partial<StatementCrypto>,
): Promise<JsonObject> {
  const { proof, ...document } = secured
  const given = isArray(proof) ? proof : [proof!]
  const covered = (options.previousProof ?? []).map((id) => {
    const found = given.find((other) => isObject(other) && other.id === id)
    if (!found) throw new ServiceError('credential_malformed', 'previousProof names no proof')
    return found
  })
  const signed = covered.length > 0 ? { ...document, proof: covered } : document
  return withProof(document, [...given, await makeProof(signed, options, signer, crypto)])
}

async function makeProof(
  document: JsonObject,
  options: ProofOptions,
  signer: Signer,
  crypto: Hashing & Partial<StatementCrypto>,
): Promise<JsonObject> {
  const { verificationMethod, proofPurpose, created, challenge, domain, id, previousProof } =
    options
  const { kind } = signer.publicKey
  const cryptosuite = options.cryptosuite ?? defaultCryptosuite[kind]
  const { form } = cryptosuites[cryptosuite]
  // In canonical order, in which it is written and read fastest.
  const before = {
    ...(form === 'jcs' ? { '@context': document['@context']! } : {}),
    ...(challenge === undefined ? {} : { challenge }),
    created: formatTime(created),
    cryptosuite,
    ...(domain === undefined ? {} : { domain }),
    ...(id === undefined ? {} : { id }),
    ...(previousProof === undefined ? {} : { previousProof }),
    proofPurpose,
  }
  const behind = { type: 'DataIntegrityProof', verificationMethod }
  const digest = await digestToSign(
    { ...before, ...behind },
    document,
    form,
    kind,
    form === 'jcs' ? canonicalize(document) : undefined,
    crypto,
  )
  if (isRefusal(digest)) throw new ServiceError('credential_malformed', digest.detail)
  const proofValue =
    form === 'sd'
      ? await makeBaseProofValue(
          document,
          options.mandatoryPointers ?? [],
          digest,
          signer,
          crypto as StatementCrypto,
        )
      : toMultibase58(await signer.sign(digest))
  return { ...before, proofValue, ...behind }
}

/** Puts the proof where it stands in canonical order, if the document is in that order. */
function withProof<D extends JsonObject, P extends JsonObject | readonly JsonValue[]>(
  document: D,
  proof: P,
) {
  const secured: Record<string, JsonValue> = {}
  for (const name of Object.keys(document)) {
    if (name > 'proof') secured.proof ??= proof
    secured[name] = document[name]!
  }
  secured.proof = proof
  return secured as unknown as D & { readonly proof: P }
}

/** A proof whose shape was checked. */
export interface Proof {
  readonly json: JsonObject
  readonly suite: Cryptosuite
  readonly verificationMethod: string
  readonly purpose: string
  /** As it stands in `proofValue`. Of ecdsa-sd-2023, that value itself is read where it is verified. */
  readonly signature: Uint8Array
  readonly challenge: string | undefined
  readonly domains: readonly string[]
  /** Ids of the proofs that this one covers (proof chains). */
  readonly previous: readonly string[]
}

const maxProofs = 8

/** Reads `proof`, one or a set. An empty set is no proof. */
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
    : refuse('proof_malformed', 'two proofs have one id')
}

function parseProof(json: JsonValue): Proof | Refusal {
  const bad = (detail: string) => refuse('proof_malformed', detail)
  if (!isObject(json)) return refuse('malformed', 'the proof is no object')
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
  if (id !== undefined && typeof id !== 'string') return bad('the id of the proof is no URL')
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

export interface AuthenticateNeeds {
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'verify'> & Hashing
  readonly resolveDid: ResolveDid
}

/**
 * Checks every proof of a set; one that is bad spoils all. (The published algorithm tests a member
 * that it never sets, and taken literally accepts a good proof beside a bad one.)
 *
 * @param controller who must have made at least one of the proofs.
 * @param canonical the canonical form of `document`, if it is at hand.
 * @see https://www.w3.org/TR/vc-data-integrity/#verify-proof-sets-and-chains
 */
export async function verifyProofs(
  document: JsonObject,
  proofs: readonly Proof[],
  relationship: VerificationRelationship,
  controller: string,
  needs: AuthenticateNeeds,
  canonical?: string,
): Promise<Refusal | undefined> {
  let byController = false
  const isJcs = proofs.some(({ suite }) => suite.form === 'jcs')
  const jcs = isJcs ? (canonical ?? canonicalize(document)) : undefined
  for (const proof of proofs) {
    if (proof.purpose !== relationship) return refuse('proof_purpose')
    const signer = proof.verificationMethod.split('#', 1)[0]
    if (signer === controller) byController = true
    else if (proofs.length === 1) return refuse('signer_mismatch')
    const flaw = await verifyProof(document, proof, proofs, signer as Did, relationship, jcs, needs)
    if (flaw) return flaw
  }
  return byController ? undefined : refuse('proof_of_issuer_missing')
}

async function verifyProof(
  document: JsonObject,
  proof: Proof,
  proofs: readonly Proof[],
  signer: Did,
  relationship: VerificationRelationship,
  jcs: string | undefined,
  needs: AuthenticateNeeds,
): Promise<Refusal | undefined> {
  const flaw = flawOfContext(proof, document) ?? flawOfTimes(proof.json, needs.clock())
  if (flaw) return flaw
  const found = signingKey(proof.verificationMethod, relationship, signer, needs.resolveDid)
  const key = found instanceof Promise ? await found : found
  if (isRefusal(key)) return key
  const { suite } = proof
  if (!suite.keys.includes(key.kind))
    return refuse('proof_unsupported', 'the cryptosuite does not fit the key')
  if (proof.signature.length !== algorithms[key.kind].signatureLength)
    return refuse('proof_malformed', 'the signature is not of the length that the key makes')
  const covered = proof.previous.length > 0 ? withPreviousProofs(document, proof, proofs) : document
  if (isRefusal(covered)) return covered
  const { proofValue, ...options } = proof.json
  if (suite.form === 'sd') {
    const proofHash = await digestToSign(options, covered, 'sd', key.kind, undefined, needs.crypto)
    return isRefusal(proofHash)
      ? proofHash
      : verifyDerivedProof(covered, proofValue as string, proofHash, key, needs.crypto)
  }
  const good = after(
    digestToSign(
      options,
      covered,
      suite.form,
      key.kind,
      covered === document ? jcs : undefined,
      needs.crypto,
    ),
    (digest) =>
      isRefusal(digest) ? digest : verifySignature(needs.crypto, key, digest, proof.signature),
  )
  const result = good instanceof Promise ? await good : good
  return result === true ? undefined : result === false ? refuse('signature_invalid') : result
}

/**
 * A proof's own context must be a prefix of the document's. Contexts appended later would not be
 * signed, so the two must be equal: what we return as verified is the whole document.
 */
function flawOfContext(proof: Proof, document: JsonObject): Refusal | undefined {
  const context = proof.json['@context']
  if (context === undefined) return undefined
  const same = isSame(context, document['@context'] ?? null)
  return same ? undefined : refuse('proof_malformed', "the proof's @context is not the document's")
}

/** Lists of URLs, which contexts nearly always are, need no canonical form to be compared. */
function isSame(a: JsonValue, b: JsonValue): boolean {
  if (isStrings(a) && isStrings(b))
    return a.length === b.length && a.every((item, i) => item === b[i])
  return canonicalize(a) === canonicalize(b)
}

function flawOfTimes({ created, expires }: JsonObject, now: Milliseconds): Refusal | undefined {
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
    return refuse('proof_expired', 'the proof is from the future')
  if (until !== undefined && (until <= now || (from !== undefined && until < from)))
    return refuse('proof_expired')
  return undefined
}

/** Whether a proof that was good before has expired since. */
export function flawOfExpiry(proofs: readonly Proof[], now: Milliseconds): Refusal | undefined {
  for (const { json } of proofs) {
    const flaw = json.expires === undefined ? undefined : flawOfTimes(json, now)
    if (flaw) return flaw
  }
  return undefined
}

/** The document with the proofs that this one builds on left in it (proof chains). */
function withPreviousProofs(
  document: JsonObject,
  proof: Proof,
  proofs: readonly Proof[],
): JsonObject | Refusal {
  const missing = () =>
    refuse('proof_malformed', 'previousProof names a proof that is not there, or makes a circle')
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

type Hashing = Pick<Crypto, 'sha256' | 'sha384'>

/**
 * What a proof signs: the hash of its own options, and that of the document, each in canonical form.
 * Where statements are signed one by one, the first of the two alone.
 *
 * @param jcs the canonical JSON of the document, if it is at hand.
 */
function digestToSign(
  proofOptions: JsonObject,
  document: JsonObject,
  form: Cryptosuite['form'],
  kind: KeyKind,
  jcs: string | undefined,
  crypto: Hashing,
): MaybePromise<Uint8Array | Refusal> {
  if (form !== 'jcs') return digestOfGraphs(proofOptions, document, form, kind, crypto)
  const hash = digestFor(kind)
  // Both are begun before either is waited for.
  const ofProof = crypto[hash](canonicalize(proofOptions))
  const ofDocument = crypto[hash](jcs ?? canonicalize(document))
  return after(ofProof, (first) => after(ofDocument, (second) => concatBytes(first, second)))
}

async function digestOfGraphs(
  proofOptions: JsonObject,
  document: JsonObject,
  form: Cryptosuite['form'],
  kind: KeyKind,
  crypto: Hashing,
): Promise<Uint8Array | Refusal> {
  const hash = (text: string) => crypto[digestFor(kind)](text)
  // The proof is read by the contexts of the document, whatever it says of its own.
  const options = { ...proofOptions, '@context': document['@context']! }
  const hashed: Uint8Array[] = []
  const parts = [
    [options, membersOfProofs],
    [document, membersOfCredentials],
  ] as const
  for (const [part, members] of form === 'sd' ? parts.slice(0, 1) : parts) {
    const canonical = await canonicalizeRdf(part, hash)
    if (isRefusal(canonical)) return canonical
    if (hidesMembers(part, canonical, members))
      return refuse('data_loss', 'it says something under another name than it is read by')
    hashed.push(await hash(canonical))
  }
  return concatBytes(...hashed)
}
