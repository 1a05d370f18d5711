import type { Budget } from '../foundation/budget.ts'
import { equalBytes } from '../foundation/encoding.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { DidDocument, VerificationRelationship } from './document.ts'
import type { ResolveDid } from './resolve.ts'
import { type Did, parseDidUrl } from './syntax.ts'

/**
 * The key of a verification method, if the DID it belongs to is `controller`, lists exactly this
 * method, and authorizes it for the relationship.
 *
 * @see https://www.w3.org/TR/cid-1.0/#retrieve-verification-method
 */
export function signingKey(
  verificationMethod: string,
  relationship: VerificationRelationship,
  controller: Did,
  { resolveDid, budget }: { readonly resolveDid: ResolveDid; readonly budget: Budget },
): MaybePromise<PublicKey | Refusal> {
  // Compared before anything is resolved, so that a stranger's key causes no lookup.
  if (!verificationMethod.startsWith(`${controller}#`))
    return refuse(isKeyUrl(verificationMethod) ? 'signer_mismatch' : 'did_invalid')
  return after(resolveDid(controller, { budget }), (document) => {
    if (isRefusal(document)) return document
    if (document.methods.has(verificationMethod))
      return keyIn(document, verificationMethod, relationship)
    // The key may be newer than the cached document.
    return after(resolveDid(controller, { budget, fresh: true }), (newer) =>
      isRefusal(newer) ? newer : keyIn(newer, verificationMethod, relationship),
    )
  })
}

/** Whether the DID document lists a key, such as the `cnf` of a token, for the relationship now. */
export function flawOfListing(
  key: PublicKey,
  relationship: VerificationRelationship,
  controller: Did,
  { resolveDid, budget }: { readonly resolveDid: ResolveDid; readonly budget: Budget },
): MaybePromise<Refusal | undefined> {
  const flaw = (document: DidDocument | Refusal): Refusal | undefined =>
    isRefusal(document)
      ? document
      : lists(document, key, relationship)
        ? undefined
        : refuse('key_not_authorized', 'the DID document does not list the key for this purpose')
  return after(resolveDid(controller, { budget }), (document) =>
    // The key may be newer than the cached document.
    isRefusal(document) || lists(document, key, relationship)
      ? flaw(document)
      : after(resolveDid(controller, { budget, fresh: true }), flaw),
  )
}

const lists = (
  document: DidDocument,
  { kind, bytes }: PublicKey,
  relationship: VerificationRelationship,
): boolean =>
  [...document.relationships[relationship]].some((id) => {
    const method = document.methods.get(id)
    return (
      method?.controller === document.id &&
      method.key?.kind === kind &&
      equalBytes(method.key.bytes, bytes)
    )
  })

/** Whether the text is a DID URL with a fragment, and without path and query. */
function isKeyUrl(text: string): boolean {
  const url = parseDidUrl(text)
  return url !== undefined && url.fragment !== '' && url.path === '' && url.query === ''
}

/**
 * The key of a method that the document lists for the relationship, and that its own DID controls.
 */
export function keyIn(
  document: DidDocument,
  id: string,
  relationship: VerificationRelationship,
): PublicKey | Refusal {
  const method = document.methods.get(id)
  if (!method || method.controller !== document.id)
    return refuse('key_invalid', 'the DID document does not list this verification method')
  if (!document.relationships[relationship].has(id)) return refuse('key_not_authorized')
  return method.key ?? refuse('key_invalid', 'the kind of key is not accepted')
}
