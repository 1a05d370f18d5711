import type { Agent } from '../agent/agent.ts'
import { type Caller, hasRole } from '../agent/caller.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'
import type { Seconds } from '../time.ts'
import { activateWithSealedKey } from './activate-agent.ts'
import { makeKeyChallenge } from './key-challenge.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'commit' | 'agents' | 'people' | 'identities' | 'settings'
>

export interface AgentRequest
  extends Pick<
    Agent,
    'name' | 'kind' | 'riskTier' | 'segment' | 'didMethod' | 'custody' | 'keyKind'
  > {
  readonly owner: Id
  readonly deputy?: Id | null | undefined
  readonly model?: string | null | undefined
  readonly softwareDigest?: string | null | undefined
  /** An ephemeral agent ends by itself after this time. */
  readonly lifetimeSeconds?: Seconds | undefined
}

/** `keyChallenge` is for an agent that keeps its own key: see activate-agent.ts. */
export type RegisteredAgent = Agent & { readonly keyChallenge?: string }

/**
 * Registers an agent. It is pending until it has proved that it holds its key; an agent whose key
 * is kept here has one made, and is active at once.
 */
export async function registerAgent(
  needs: Needs,
  caller: Caller,
  request: AgentRequest,
): Promise<RegisteredAgent> {
  const {
    owner,
    deputy = null,
    model = null,
    softwareDigest = null,
    lifetimeSeconds,
    ...rest
  } = request
  if (!hasRole(caller, 'administrator') && caller.person !== owner)
    throw new ServiceError('caller_forbidden', 'an owner registers agents of their own only')
  for (const person of [owner, ...(deputy ? [deputy] : [])])
    if (!(await needs.people.find(person)))
      throw new ServiceError(
        'request_unprocessable',
        'owner and deputy must be people that are known here',
      )
  if (deputy === owner)
    throw new ServiceError(
      'request_unprocessable',
      'the deputy must be somebody else than the owner',
    )
  if (rest.didMethod === 'web' && !needs.settings.publicUrl.startsWith('https://'))
    throw new ServiceError(
      'request_unprocessable',
      'a did:web needs an https public URL: set PROCURA_PUBLIC_URL',
    )
  const now = needs.clock()
  const agent: Agent = {
    ...rest,
    id: newId(now, needs.crypto.randomBytes),
    owner,
    deputy,
    model,
    softwareDigest,
    did: null,
    state: 'pending',
    endsAt: lifetimeSeconds === undefined ? null : now + lifetimeSeconds * 1000,
    createdAt: now,
  }
  const { id, kind, riskTier, segment } = agent
  const registered = {
    type: 'agent.registered',
    actor: caller.actor,
    facts: { agent: id, owner, kind, riskTier, segment },
  } as const
  if (agent.custody === 'service')
    return activateWithSealedKey(needs, caller, agent, [needs.agents.add(agent)], [registered])
  const keyChallenge = await makeKeyChallenge(needs, agent.id)
  return needs.commit([needs.agents.add(agent)], [registered], { ...agent, keyChallenge })
}
