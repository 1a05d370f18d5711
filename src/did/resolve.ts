import type { Budget } from '../foundation/budget.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { DidDocument } from './document.ts'
import { type Did, isDid } from './syntax.ts'

export interface ResolveOptions {
  /** Pays for documents that must be fetched. */
  readonly budget: Budget
  /** Bypass the cache, within the method's own limits. */
  readonly fresh?: boolean
  /**
   * Cache a document that the DID itself determines. Omitted for unknown parties, since anyone can
   * create any number of such DIDs.
   */
  readonly keep?: boolean
}

/** A DID method: from what follows `did:<method>:` to the document. */
export type DidMethod = (
  identifier: string,
  did: Did,
  options: ResolveOptions,
) => MaybePromise<DidDocument | Refusal>

/**
 * Resolves a DID. A refusal is an answer (invalid, not found, deactivated, unreachable); the
 * resolver never throws because of another server.
 *
 * @see https://www.w3.org/TR/did-resolution/
 */
export type ResolveDid = (did: Did, options: ResolveOptions) => MaybePromise<DidDocument | Refusal>

/** Methods check their own identifiers, so a cached DID is not parsed again. */
export function makeResolver(methods: Readonly<Record<string, DidMethod>>): ResolveDid {
  return (did, options) => {
    const end = did.indexOf(':', 4)
    const name = did.startsWith('did:') && end !== -1 ? did.slice(4, end) : ''
    if (Object.hasOwn(methods, name)) return methods[name]!(did.slice(end + 1), did, options)
    return refuse(isDid(did) ? 'did_method_unsupported' : 'did_invalid')
  }
}
