import type { Budget } from '../foundation/budget.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { concatBytes } from '../foundation/encoding.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { loadGraphs } from '../linked-data/graphs.ts'
import { type Cryptosuite, digestFor } from './cryptosuite.ts'
import { asList } from './parse-credential.ts'

/** The hashes that cryptosuites use. */
export type Hashing = Pick<CryptoProvider, 'sha256' | 'sha384'>

export interface DigestNeeds {
  readonly crypto: Hashing
  readonly budget: Budget
}

/** What a proof covers, and how. */
export interface Signed {
  /** The proof without its value. */
  readonly proofOptions: JsonObject
  readonly document: JsonObject
  readonly form: Cryptosuite['form']
  readonly kind: KeyKind
  /** The canonical JSON of the document, if known. */
  readonly jcs?: string | undefined
}

/**
 * What a proof signs: the hash of its own options and that of the document, each in canonical form.
 * If statements are signed individually, only the first.
 */
export function digestToSign(
  needs: DigestNeeds,
  signed: Signed,
): MaybePromise<Uint8Array | Refusal> {
  const { proofOptions, document, form, kind, jcs } = signed
  if (form !== 'jcs') return digestOfGraphs(needs, signed)
  const { crypto, budget } = needs
  const hash = digestFor(kind)
  const options = canonicalize(proofOptions)
  const text = jcs ?? canonicalize(document)
  const excess = budget.spend('canonicalBytes', options.length + text.length)
  if (excess) return excess
  // Both are started before either is awaited.
  const ofProof = crypto[hash](options)
  const ofDocument = crypto[hash](text)
  return after(ofProof, (first) => after(ofDocument, (second) => concatBytes(first, second)))
}

async function digestOfGraphs(
  { crypto, budget }: DigestNeeds,
  { proofOptions, document, form, kind }: Signed,
): Promise<Uint8Array | Refusal> {
  const { canonicalizeRdf, hidesMembers, membersOfCredentials, membersOfProofs } =
    await loadGraphs()
  const hash = (text: string) => crypto[digestFor(kind)](text)
  // The proof is read with the contexts of the document, regardless of its own.
  const options = { ...proofOptions, '@context': document['@context']! }
  const hashed: Uint8Array[] = []
  const parts = [
    [options, membersOfProofs],
    [document, membersOfCredentials],
  ] as const
  for (const [part, members] of form === 'sd' ? parts.slice(0, 1) : parts) {
    const canonical = await canonicalizeRdf(part, hash, budget)
    if (isRefusal(canonical)) return canonical
    if (hidesMembers(part, canonical, members))
      return refuse('data_loss', 'a term has another meaning in its contexts than a verifier reads')
    if (mixesEntries(part))
      return refuse(
        'data_loss',
        'two entries of its status have the same id, and could be mixed up',
      )
    hashed.push(await hash(canonical))
  }
  return concatBytes(...hashed)
}

/**
 * Statements about one id form one node: members of two entries with the same id could be swapped
 * unnoticed.
 */
export function mixesEntries({ credentialStatus }: JsonObject): boolean {
  const ids = asList(credentialStatus).flatMap((entry) => (isObject(entry) ? (entry.id ?? []) : []))
  return new Set(ids).size < ids.length
}
