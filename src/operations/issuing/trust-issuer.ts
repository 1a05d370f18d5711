import type { TrustedIssuer } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'trustedIssuers' | 'invalidation'>

export async function trustIssuer(
  needs: Needs,
  { actor }: Caller,
  { did, credentialType }: { readonly did: Did; readonly credentialType: string },
): Promise<Change<TrustedIssuer>> {
  const now = needs.clock()
  const trusted: TrustedIssuer = {
    id: newId(now, needs.crypto.randomBytes),
    did,
    credentialType,
    createdAt: now,
  }
  return {
    writes: [needs.trustedIssuers.add(trusted)],
    events: [{ type: 'issuer.trusted', actor, facts: { did, credentialType } }],
    answer: trusted,
  }
}

export async function distrustIssuer(
  needs: Needs,
  { actor }: Caller,
  id: Id,
): Promise<Change<TrustedIssuer>> {
  const trusted = await needs.trustedIssuers.find(id)
  if (!trusted) throw new ServiceError('not_found', 'there is no such trusted issuer')
  const { did, credentialType } = trusted
  return {
    writes: [needs.trustedIssuers.remove(id), needs.invalidation.announce()],
    events: [{ type: 'issuer.distrusted', actor, facts: { did, credentialType } }],
    answer: trusted,
  }
}
