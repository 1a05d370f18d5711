import type { Issuer } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'
import { findIssuer } from '../common/find-visible.ts'

type Needs = Pick<Deps, 'issuers' | 'settings'>

/** Retires an issuer: it issues nothing more. Its credentials stay verifiable and revocable. */
export async function retireIssuer(
  needs: Needs,
  { actor }: Caller,
  name: string,
): Promise<Change<Issuer>> {
  const issuer = await findIssuer(needs, name)
  if (name === needs.settings.defaultIssuer)
    throw new ServiceError(
      'request_unprocessable',
      'the default issuer cannot be retired: make another issuer the default first',
    )
  return {
    writes: needs.issuers.retire(issuer.id),
    events: [{ type: 'issuer.retired', actor, facts: { issuer: issuer.id } }],
    answer: { ...issuer, state: 'retired' as const },
  }
}
