import type { Budget } from '../../foundation/budget.ts'
import { type BoundedCache, forever, makeCache } from '../../foundation/cache.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { monotonicClock } from '../../foundation/time.ts'
import { fromMultikey, type PublicKey, toMultikey } from '../../keys/public-key.ts'
import { type DidDocument, makeDidDocument, parseDidDocument } from '../document.ts'
import type { DidMethod, ResolveDid } from '../resolve.ts'
import type { Did } from '../syntax.ts'

/** Documents derived from the DID itself never expire. */
export const selfDescribed = { entries: 10_000, lifetime: forever } as const

/** Default for callers without a cache. */
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
  if (!key) return refuse('did_invalid', 'the did:key is not an Ed25519 or P-256 public key')
  const did = didKey(key)
  const relationships = [
    'authentication',
    'assertionMethod',
    'capabilityInvocation',
    'capabilityDelegation',
  ] as const
  return parseDidDocument(makeDidDocument(did, [{ fragment: identifier, key, relationships }]), did)
}

/**
 * The method with a cache for known parties: a did:key never changes, and parsing its key is
 * expensive.
 */
export const makeDidKey = (known?: BoundedCache<DidDocument>): DidMethod =>
  rememberDocuments(resolveDidKey, known)

/**
 * Caches documents that can never change, because the DID itself determines them, of known parties.
 */
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

/** Caches the documents of parties that are known by now. Nothing is fetched. */
export function keepDocuments(
  dids: Iterable<unknown>,
  { resolveDid, budget }: { readonly resolveDid: ResolveDid; readonly budget: Budget },
): void {
  for (const did of dids)
    if (typeof did === 'string' && /^did:(?:key|jwk):/.test(did))
      void resolveDid(did as Did, { budget, keep: true })
}
