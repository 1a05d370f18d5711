import { type Budget, makeBudget } from '../foundation/budget.ts'
import { concatBytes, toBase64url, utf8 } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import { hmacSha256 } from '../keys/hmac.ts'
import { toMultikeyBytes } from '../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import { flawOfPointers } from '../linked-data/pointers.ts'
import { groupStatements, selectMembers } from '../linked-data/select.ts'
import {
  readBaseProofValue,
  writeBaseProofValue,
  writeDerivedProofValue,
} from './ecdsa-sd-proof-value.ts'

/**
 * Members that no holder may omit: without them a credential would be valid for longer, or for
 * more.
 */
const alwaysMandatory = [
  'issuer',
  'validFrom',
  'validUntil',
  'issuanceDate',
  'expirationDate',
  'credentialStatus',
  'credentialSchema',
  'termsOfUse',
] as const

export type StatementCrypto = Pick<CryptoProvider, 'sha256' | 'randomBytes' | 'makeSigner'>

/**
 * The proof value of a credential signed statement by statement: a holder derives credentials from
 * it that reveal the mandatory part and whatever it chooses.
 *
 * @param mandatoryPointers JSON pointers (RFC 6901) to what must always be revealed, besides
 *   issuer, times, status, schema and terms of use.
 * @param proofHash of the proof's options.
 * @throws ServiceError `credential_malformed` for a pointer that finds nothing, or more than 128
 *   pointers in all.
 * @see https://www.w3.org/TR/vc-di-ecdsa/#create-base-proof-ecdsa-sd-2023
 */
export async function makeBaseProofValue(
  document: JsonObject,
  mandatoryPointers: readonly string[],
  proofHash: Uint8Array,
  signer: Signer,
  crypto: StatementCrypto,
): Promise<string> {
  const pointers = [
    ...new Set([
      ...alwaysMandatory.filter((name) => name in document).map((name) => `/${name}`),
      ...mandatoryPointers,
    ]),
  ]
  checkPointers(pointers, 'mandatory')
  const hmacKey = crypto.randomBytes(32)
  const { groups } = await groupStatements(
    document,
    { mandatory: pointers },
    labelsBy(hmacKey, crypto),
    (text) => crypto.sha256(text),
    makeBudget(),
  )
  const { matching, others } = groups.mandatory
  const statements = await crypto.makeSigner('P-256')
  const publicKey = toMultikeyBytes(statements.publicKey)
  const mandatoryHash = await crypto.sha256([...matching.values()].join(''))
  const signatures: Uint8Array[] = []
  for (const statement of others.values()) signatures.push(await statements.sign(utf8(statement)))
  const baseSignature = await signer.sign(concatBytes(proofHash, publicKey, mandatoryHash))
  return writeBaseProofValue({
    baseSignature,
    publicKey,
    hmacKey,
    signatures,
    mandatoryPointers: pointers,
  })
}

/** @throws ServiceError `credential_malformed` if they are too many, too long or repeated. */
function checkPointers(pointers: readonly string[], kind: 'mandatory' | 'selective'): void {
  const flaw = flawOfPointers(pointers)
  if (flaw) throw new ServiceError('credential_malformed', `${kind} pointers: ${flaw.detail}`)
}

const labelsBy =
  (hmacKey: Uint8Array, crypto: Pick<CryptoProvider, 'sha256'>) =>
  async (canonical: string): Promise<string> =>
    `u${toBase64url(await hmacSha256(hmacKey, utf8(canonical), crypto))}`

/**
 * Derives a credential that reveals the mandatory part and what the pointers select. Anyone who has
 * the credential may do so; no key is needed.
 *
 * @param selectivePointers at most 128, as in the base proof, of at most 512 characters.
 * @throws ServiceError `credential_malformed` if it has no base proof of ecdsa-sd-2023, a pointer
 *   finds nothing, there are too many, or it would exceed the budget.
 * @see https://www.w3.org/TR/vc-di-ecdsa/#add-derived-proof-ecdsa-sd-2023
 */
export async function deriveCredential(
  secured: JsonObject,
  selectivePointers: readonly string[],
  crypto: Pick<CryptoProvider, 'sha256'>,
  budget: Budget = makeBudget(),
): Promise<JsonObject> {
  const { proof, ...document } = secured
  const base =
    isObject(proof) && proof.cryptosuite === 'ecdsa-sd-2023' && typeof proof.proofValue === 'string'
      ? await readBaseProofValue(proof.proofValue)
      : undefined
  if (!base)
    throw new ServiceError(
      'credential_malformed',
      'the credential has no base proof of ecdsa-sd-2023',
    )
  const { mandatoryPointers, signatures } = base
  checkPointers(mandatoryPointers, 'mandatory')
  checkPointers(selectivePointers, 'selective')
  const combinedPointers = [...new Set([...mandatoryPointers, ...selectivePointers])]
  if (combinedPointers.length === 0)
    throw new ServiceError('credential_malformed', 'the pointers select nothing to reveal')
  const { groups, labels } = await groupStatements(
    document,
    { mandatory: mandatoryPointers, selective: selectivePointers, combined: combinedPointers },
    labelsBy(base.hmacKey, crypto),
    (text) => crypto.sha256(text),
    budget,
  )
  const { mandatory, selective, combined } = groups
  const revealed = [...combined.matching.keys()]
  const mandatoryIndexes = revealed.flatMap((absolute, i) =>
    mandatory.matching.has(absolute) ? [i] : [],
  )
  // One signature for each statement that is not mandatory, in order.
  const signed = [...mandatory.others.keys()]
  const chosen = signatures.filter((_, i) => selective.matching.has(signed[i]!))
  const proofValue = await writeDerivedProofValue({
    baseSignature: base.baseSignature,
    publicKey: base.publicKey,
    signatures: chosen,
    labels: await labels(combined.statements),
    mandatoryIndexes,
  })
  return {
    ...(await selectMembers(document, combinedPointers, budget)),
    proof: { ...(proof as JsonObject), proofValue },
  }
}
