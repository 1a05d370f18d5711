import type { Budget } from '../../foundation/budget.ts'
import { type BoundedCache, forever, makeCache } from '../../foundation/cache.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { monotonicClock } from '../../foundation/time.ts'
import { fromMultikey, type PublicKey, toMultikey } from '../../keys/public-key.ts'
import { type DidDocument, makeDidDocument, parseDidDocument } from '../document.ts'
import type { DidMethod, ResolveDid } from '../resolve.ts'
import type { Did } from '../syntax.ts'

/** What a DID itself says is never old. */
export const selfDescribed = { entries: 10_000, lifetime: forever } as const

/** For those who give no memory of their own. */
const fewDocuments = () =>
  makeCache<DidDocument>(
    monotonicClock(() => 0),
    { ...selfDescribed, bytes: 4_000_000 },
  )

/** @see https://w3c-ccg.github.io/did-key-spec/ */
export const didKey = (key: PublicKey): Did => `did:key:${toMultikey(key)}`

/** @param identifier what follows `did:key:`; Ed25519 and P-256 only. */
export function resolveDidKey(identifier: string): DidDocument | Refusal {
  const key = fromMultikey(identifier)
  if (!key) return refuse('did_invalid', 'the did:key holds no Ed25519 or P-256 public key')
  const did = didKey(key)
  const relationships = [
    'authentication',
    'assertionMethod',
    'capabilityInvocation',
    'capabilityDelegation',
  ] as const
  return parseDidDocument(makeDidDocument(did, [{ fragment: identifier, key, relationships }]), did)
}

/** The method with a memory for those who are known: a did:key never changes, and its parsed key is worth keeping. */
export const makeDidKey = (known?: BoundedCache<DidDocument>): DidMethod =>
  rememberDocuments(resolveDidKey, known)

/** Remembers documents that can never be others: those that their DID itself says, of those who are known. */
export function rememberDocuments(
  resolve: (identifier: string) => DidDocument | Refusal,
  known: BoundedCache<DidDocument> = fewDocuments(),
): DidMethod {
  return (identifier, _did, { keep = false }) => {
    const remembered = known.get(identifier)
    if (remembered) return remembered
    const document = resolve(identifier)
    if (keep && !isRefusal(document)) known.set(identifier, document)
    return document
  }
}

/** Keeps the documents of those who are known by now: in memory alone, nothing is looked up. */
export function keepDocuments(
  dids: Iterable<unknown>,
  { resolveDid, budget }: { readonly resolveDid: ResolveDid; readonly budget: Budget },
): void {
  for (const did of dids)
    if (typeof did === 'string' && /^did:(?:key|jwk):/.test(did))
      void resolveDid(did as Did, { budget, keep: true })
}
