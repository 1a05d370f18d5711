import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { answerOnly, type Change } from '../common/change.ts'
import type { ApiKeyView } from './create-api-key.ts'

type Needs = Pick<Deps, 'clock' | 'apiKeys'>

/**
 * Permanent, at once. Revoking again changes nothing.
 *
 * @throws ServiceError `last_administrator`: otherwise nobody could administer the service.
 */
export async function revokeApiKey(
  needs: Needs,
  { actor }: Caller,
  id: Id,
): Promise<Change<ApiKeyView>> {
  const key = await needs.apiKeys.find(id)
  if (!key) throw new ServiceError('not_found', 'there is no such API key')
  const now = needs.clock()
  const { digest: _, ...view } = { ...key, revokedAt: key.revokedAt ?? now }
  if (key.revokedAt !== null) return answerOnly(view)
  return {
    writes: [
      ...needs.apiKeys.mustLeaveAdministrator({ key: id }, now),
      needs.apiKeys.revoke(id, now),
    ],
    events: [{ type: 'api-key.revoked', actor, facts: { apiKey: id } }],
    answer: view,
  }
}
