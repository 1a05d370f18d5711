import type { Deps } from '../../deps.ts'
import {
  type ApiKey,
  apiKeyLifetime,
  type KeyHolder,
  makeToken,
  type Scope,
} from '../../directory/api-key.ts'
import type { Caller } from '../../directory/caller.ts'
import { newId } from '../../foundation/id.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'apiKeys'>

export interface ApiKeyRequest {
  readonly name: string
  readonly holder: KeyHolder
  readonly scopes: readonly Scope[]
  readonly lifetimeSeconds?: Seconds | undefined
}

/** An API key without its secret. */
export type ApiKeyView = Omit<ApiKey, 'digest'>

/**
 * `token` is present once, when the key is made; a repeated idempotent request does not return it.
 */
export type ApiKeyAnswer = ApiKeyView & { readonly token?: string }

export async function createApiKey(
  needs: Needs,
  { actor }: Caller,
  request: ApiKeyRequest,
): Promise<Change<ApiKeyAnswer>> {
  const { name, holder, scopes, lifetimeSeconds = apiKeyLifetime.default } = request
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const secret = needs.crypto.randomBytes(32)
  const key: ApiKeyView = {
    id,
    name,
    holder,
    scopes,
    madeBy: actor,
    createdAt: now,
    expiresAt: now + lifetimeSeconds * 1000,
    revokedAt: null,
  }
  return {
    writes: [
      needs.apiKeys.mustAct(holder),
      ...needs.apiKeys.add({ ...key, digest: await needs.crypto.sha256(secret) }),
    ],
    events: [
      {
        type: 'api-key.created',
        actor,
        facts: { apiKey: id, holder: `${holder.kind}:${holder.id}`, scopes },
      },
    ],
    answer: key,
    secret: { token: makeToken(id, secret) },
  }
}
