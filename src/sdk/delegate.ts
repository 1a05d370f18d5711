import { crypto } from '#platform'
import { parseSecuredCredential } from '../credential/authenticate-credential.ts'
import { secureWithDataIntegrity } from '../credential/data-integrity.ts'
import { digestOf } from '../credential/digest.ts'
import { parseCredential } from '../credential/parse-credential.ts'
import { newId } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Clock, Seconds } from '../foundation/time.ts'
import { attenuate } from '../permission/attenuate.ts'
import { linkOf } from '../permission/chain.ts'
import { type DelegationRequest, delegatedCredential } from '../permission/delegate.ts'
import type { DelegationTermsJson, GrantJson } from '../permission/grant-json.ts'
import { maxUnlistedLifetime } from '../permission/permission-in.ts'
import type { Holder } from './present.ts'

/** What to delegate, to whom, and for how long. What is absent is as in the parent. */
export interface Delegation extends Omit<DelegationRequest, 'grants' | 'delegation'> {
  /**
   * Each names in `from` the parent's grant that it narrows. Absent: all of the parent's grants,
   * unchanged.
   */
  readonly grants?: readonly GrantJson[] | undefined
  /** Terms under which the subject may delegate further. Absent: it may not. */
  readonly delegation?: DelegationTermsJson | undefined
  /** At most 900, unless the service reserved status entries; 900 by default. */
  readonly lifetimeSeconds?: Seconds
  readonly clock?: Clock
}

/** The parent does not allow the delegation. `refusal` names the axis that widened. */
export class DelegationError extends Error {
  override readonly name = 'DelegationError'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}

/**
 * Delegates part of a permission to another agent, offline: nobody is asked, and every verifier of
 * the chain checks that it only narrows. Presentations then include the parent.
 *
 * @param parent the credential that the holder has, as issued.
 * @throws DelegationError if the result would exceed the parent.
 * @example
 *   const grants = [
 *     { id: 'c1', from: 'g1', type: 'http-api', locations: ['https://api.example/a'], actions: ['get'] },
 *   ] as const
 *   const delegated = await delegate(holder, credential, { subject, grants })
 *   // The other agent presents [credential, delegated].
 * @see permission-model.md, 3
 */
export async function delegate(
  holder: Holder,
  parent: JsonObject,
  { lifetimeSeconds = maxUnlistedLifetime, clock = Date.now, ...request }: Delegation,
): Promise<JsonObject> {
  const outer = parseSecuredCredential(parent)
  if (isRefusal(outer)) throw new DelegationError(outer)
  if (outer.securing.mechanism === 'sd-jwt')
    throw new DelegationError(
      refuse('delegation_not_allowed', 'a credential in SD-JWT form cannot be delegated'),
    )
  const parentLink = linkOf(outer)
  if (isRefusal(parentLink)) throw new DelegationError(parentLink)
  // In whole seconds, as written; never before the parent's.
  const validFrom = Math.max(Math.floor(clock() / 1000) * 1000, parentLink.validFrom)
  const document = delegatedCredential(outer.document, request, {
    id: `urn:uuid:${newId(clock(), crypto.randomBytes)}`,
    digest: await digestOf(parent, crypto),
    validFrom,
    validUntil: Math.min(validFrom + lifetimeSeconds * 1000, parentLink.validUntil),
    status: [],
  })
  const inner = parseCredential(document)
  const link = isRefusal(inner) ? inner : linkOf(inner)
  const flaw = isRefusal(link) ? link : attenuate(link, parentLink)
  if (flaw) throw new DelegationError(flaw)
  return signDelegation(holder, document, clock)
}

/**
 * Signs a delegated credential, the caller's own or one that the service prepared. A prepared one
 * is signed unchanged, since its status entries are reserved for exactly this content.
 */
export function signDelegation(
  holder: Holder,
  document: JsonObject,
  clock: Clock = Date.now,
): Promise<JsonObject> {
  const { verificationMethod, signer } = holder
  const proof = {
    verificationMethod,
    proofPurpose: 'assertionMethod',
    created: clock(),
  } as const
  return secureWithDataIntegrity(document, proof, signer, crypto)
}
