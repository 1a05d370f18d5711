import { makeBudget } from '../foundation/budget.ts'
import { toMultibase58 } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { loadOnce } from '../foundation/load-once.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { formatTime, type Milliseconds } from '../foundation/time.ts'
import type { Signer } from '../keys/signature.ts'
import { type CryptosuiteName, cryptosuites, defaultCryptosuite } from './cryptosuite.ts'
import type { StatementCrypto } from './ecdsa-sd-issue.ts'
import { digestToSign, type Hashing } from './proof-digest.ts'

const loadStatements = loadOnce(() => import('./ecdsa-sd-issue.ts'))

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
  /** An id by which other proofs can name it. */
  readonly id?: string
  /** For `addProof`: the proofs that it covers. */
  readonly previousProof?: readonly string[]
  /** Default: over canonical JSON, by the signer's kind of key. */
  readonly cryptosuite?: CryptosuiteName
  /** For ecdsa-sd-2023: what a holder must always reveal, as JSON pointers. */
  readonly mandatoryPointers?: readonly string[]
}

/**
 * Secures a document without a proof. Adds only `proof`.
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
 * Adds a proof to a document that has some: beside them (a proof set), or over those named in
 * `previousProof` (a proof chain).
 *
 * @throws ServiceError `credential_malformed` if it names an unknown proof.
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
    if (!found)
      throw new ServiceError('credential_malformed', 'previousProof names an unknown proof')
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
  // In canonical order, which is the fastest to write and read.
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
    // Signing is the signer's own work; this budget only bounds it.
    { crypto, budget: makeBudget() },
    { proofOptions: { ...before, ...behind }, document, form, kind },
  )
  if (isRefusal(digest)) throw new ServiceError('credential_malformed', digest.detail)
  const proofValue =
    form === 'sd'
      ? await (await loadStatements()).makeBaseProofValue(
          document,
          options.mandatoryPointers ?? [],
          digest,
          signer,
          crypto as StatementCrypto,
        )
      : toMultibase58(await signer.sign(digest))
  return { ...before, proofValue, ...behind }
}

/** Inserts the proof in canonical order, if the document is in that order. */
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
