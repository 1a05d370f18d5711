import type { Deps } from '../../deps.ts'
import { apiKeyLifetime, makeToken } from '../../directory/api-key.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'
import type { ApiKeyAnswer } from './create-api-key.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'apiKeys'>

/**
 * Gives a key a new secret and expiry. The old secret is void at once. Whoever asks has the new one
 * and counts as its maker: a holder who called with a secret that another person had made would
 * not be told from that person.
 */
export async function rotateApiKey(
  needs: Needs,
  { actor }: Caller,
  id: Id,
  lifetimeSeconds: Seconds = apiKeyLifetime.default,
): Promise<Change<ApiKeyAnswer>> {
  const key = await needs.apiKeys.find(id)
  if (!key || key.revokedAt !== null)
    throw new ServiceError('not_found', 'there is no such API key, or it is revoked')
  const expiresAt = needs.clock() + lifetimeSeconds * 1000
  const { digest: _, ...view } = { ...key, expiresAt, madeBy: actor }
  const secret = needs.crypto.randomBytes(32)
  return {
    writes: [
      needs.apiKeys.mustAct(key.holder),
      ...needs.apiKeys.replaceSecret({ ...view, digest: await needs.crypto.sha256(secret) }),
    ],
    events: [{ type: 'api-key.rotated', actor, facts: { apiKey: id } }],
    answer: view,
    secret: { token: makeToken(id, secret) },
  }
}
