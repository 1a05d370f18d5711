import { type Refusal, refuse } from '../refusal.ts'
import type { DidDocument } from './document.ts'
import { type Did, parseDidUrl } from './syntax.ts'

export interface ResolveOptions {
  /** Do not answer from memory, as far as the method's own limits allow. */
  readonly fresh?: boolean
}

/** One DID method: from what follows `did:<method>:` to the document. */
export type DidMethod = (
  identifier: string,
  did: Did,
  options: ResolveOptions,
) => DidDocument | Refusal | Promise<DidDocument | Refusal>

/**
 * Resolves a DID. A refusal is an answer (invalid, not found, deactivated, unreachable); the
 * resolver never throws for what stands at the other end.
 *
 * @see https://www.w3.org/TR/did-resolution/
 */
export type ResolveDid = (
  did: Did,
  options?: ResolveOptions,
) => DidDocument | Refusal | Promise<DidDocument | Refusal>

export function makeResolver(methods: Readonly<Record<string, DidMethod>>): ResolveDid {
  return (did, options = {}) => {
    const parsed = parseDidUrl(did)
    if (!parsed || parsed.did !== did) return refuse('did_invalid')
    const method = Object.hasOwn(methods, parsed.method) ? methods[parsed.method] : undefined
    return method ? method(parsed.identifier, did, options) : refuse('did_method_unsupported')
  }
}
