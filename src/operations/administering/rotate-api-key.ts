import type { Deps } from '../../deps.ts'
import { apiKeyLifetime, makeToken } from '../../directory/api-key.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'
import type { ApiKeyAnswer } from './create-api-key.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'apiKeys'>

/**
 * Gives a key a new secret and expiry. The old secret is void at once. Administrators rotate any
 * key. A caller rotates the key that it uses, until the same end, and from then on nobody else has
 * it.
 */
export async function rotateApiKey(
  needs: Needs,
  caller: Caller,
  id: Id,
  lifetimeSeconds: Seconds | undefined,
): Promise<Change<ApiKeyAnswer>> {
  const { actor } = caller
  const isOwn = caller.authority === `api-key:${id}`
  const administers = hasRole(caller, 'administrator')
  const key = administers || isOwn ? await needs.apiKeys.find(id) : undefined
  if (!key || key.revokedAt !== null)
    throw new ServiceError('not_found', 'there is no such API key, or it is revoked')
  if (!administers && lifetimeSeconds !== undefined)
    throw new ServiceError(
      'caller_forbidden',
      'only administrators give a key more time: leave lifetimeSeconds out',
    )
  const expiresAt = administers
    ? needs.clock() + (lifetimeSeconds ?? apiKeyLifetime.default) * 1000
    : key.expiresAt
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
