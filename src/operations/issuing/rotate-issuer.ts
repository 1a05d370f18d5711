import type { Issuer } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'
import { findIssuer } from '../common/find-visible.ts'

type Needs = Pick<Deps, 'issuers' | 'identities' | 'invalidation'>

/**
 * Gives an issuer a new key. Signatures of the old key stay valid, unless it is compromised: then
 * it leaves the DID document, and everything signed with it is void.
 */
export async function rotateIssuer(
  needs: Needs,
  { actor }: Caller,
  name: string,
  compromised: boolean,
): Promise<Change<Issuer>> {
  const issuer = await findIssuer(needs, name)
  if (issuer.did.startsWith('did:key:'))
    throw new ServiceError(
      'request_unprocessable',
      'a did:key cannot change its key: create a new issuer and retire this one',
    )
  const { key, writes } = await needs.identities.rotate(issuer.did, issuer.keyKind, compromised)
  return {
    writes: [
      needs.issuers.mustBeActive(issuer.id),
      ...writes,
      ...(compromised ? [needs.invalidation.announce()] : []),
    ],
    events: [
      { type: 'issuer.rotated', actor, facts: { issuer: issuer.id, key: key.id, compromised } },
    ],
    answer: issuer,
  }
}
