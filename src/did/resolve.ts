import type { Budget } from '../foundation/budget.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { DidDocument } from './document.ts'
import { type Did, isDid } from './syntax.ts'

export interface ResolveOptions {
  /** Pays for a document that has to be fetched. */
  readonly budget: Budget
  /** Do not answer from memory, as far as the method's own limits allow. */
  readonly fresh?: boolean
  /**
   * Remember a document that its DID itself says. Left out for those of whom nothing is known yet:
   * anybody makes as many such DIDs as they like.
   */
  readonly keep?: boolean
}

/** One DID method: from what follows `did:<method>:` to the document. */
export type DidMethod = (
  identifier: string,
  did: Did,
  options: ResolveOptions,
) => MaybePromise<DidDocument | Refusal>

/**
 * Resolves a DID. A refusal is an answer (invalid, not found, deactivated, unreachable); the
 * resolver never throws for what stands at the other end.
 *
 * @see https://www.w3.org/TR/did-resolution/
 */
export type ResolveDid = (did: Did, options: ResolveOptions) => MaybePromise<DidDocument | Refusal>

/** Each method checks its own identifiers: a DID that is remembered is not parsed again. */
export function makeResolver(methods: Readonly<Record<string, DidMethod>>): ResolveDid {
  return (did, options) => {
    const end = did.indexOf(':', 4)
    const name = did.startsWith('did:') && end !== -1 ? did.slice(4, end) : ''
    if (Object.hasOwn(methods, name)) return methods[name]!(did.slice(end + 1), did, options)
    return refuse(isDid(did) ? 'did_method_unsupported' : 'did_invalid')
  }
}
