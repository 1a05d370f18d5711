import type { Agent } from '../agent/agent.ts'
import { type Caller, hasRole } from '../agent/caller.ts'
import { isSamePerson, type Person } from '../agent/party.ts'
import type { Write } from '../database.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'
import { isSubset } from '../permission/constraints/constraint.ts'
import type { Seconds } from '../time.ts'
import { activateWithSealedKey } from './activate-agent.ts'
import { makeKeyChallenge } from './key-challenge.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'commit' | 'agents' | 'people' | 'identities' | 'governance' | 'settings'
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
  readonly roles?: readonly string[] | undefined
  readonly externalId?: string | null | undefined
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
    roles = [],
    externalId = null,
    lifetimeSeconds,
    ...rest
  } = request
  if (!hasRole(caller, 'administrator', 'provisioner') && caller.person !== owner)
    throw new ServiceError('caller_forbidden', 'an owner registers agents of their own only')
  const answerable = await checkAnswerable(needs, owner, deputy)
  await checkRoles(needs, caller, roles)
  await checkPlace(needs, caller, rest)
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
    roles,
    externalId,
    did: null,
    state: 'pending',
    endsAt: lifetimeSeconds === undefined ? null : now + lifetimeSeconds * 1000,
    createdAt: now,
    lastActiveAt: now,
    dormantSince: null,
  }
  const { id, kind, riskTier, segment } = agent
  const registered = {
    type: 'agent.registered',
    actor: caller.actor,
    facts: { agent: id, owner, kind, riskTier, segment },
  } as const
  const added = [...answerable, needs.agents.add(agent)]
  if (agent.custody === 'service')
    return activateWithSealedKey(needs, caller, agent, added, [registered])
  const keyChallenge = await makeKeyChallenge(needs, agent.id)
  return needs.commit(added, [registered], { ...agent, keyChallenge })
}

/**
 * Whoever answers for an agent must be there, and be two people if there are two. Returns what must
 * still hold when they come to answer for it.
 */
export async function checkAnswerable(
  { people }: Pick<Deps, 'people'>,
  owner: Id,
  deputy: Id | null,
): Promise<readonly Write[]> {
  const found = [await people.find(owner), ...(deputy ? [await people.find(deputy)] : [])]
  const here = found.filter((person) => person?.state === 'active') as readonly Person[]
  if (here.length < found.length)
    throw new ServiceError(
      'request_unprocessable',
      'owner and deputy must be people that are known here, and have not left',
    )
  const [first, second] = here
  if (first && second && isSamePerson(first, second))
    throw new ServiceError(
      'request_unprocessable',
      'the deputy must be somebody else than the owner',
    )
  return here.map(({ id, roles }) => people.mustHaveRoles(id, roles))
}

/**
 * Rules go by risk and segment: of their own agents owners do not say that the risk is low, and put
 * them into a segment only if they are in charge of it.
 */
async function checkPlace(
  { governance }: Pick<Deps, 'governance'>,
  caller: Caller,
  { riskTier, segment }: Pick<Agent, 'riskTier' | 'segment'>,
): Promise<void> {
  if (hasRole(caller, 'administrator', 'provisioner')) return
  if (riskTier === 'low')
    throw new ServiceError('caller_forbidden', 'an administrator says that a risk is low')
  if (segment === 'default') return
  const segments = await governance.inForce('segment')
  const body = segments.find(({ name }) => name === segment)?.body
  if (!caller.person || !body?.owners.includes(caller.person))
    throw new ServiceError('caller_forbidden', 'an administrator or owner of the segment does this')
}

/** An administrator gives any role to an agent; an owner, those of their own. */
export async function checkRoles(
  { people }: Pick<Deps, 'people'>,
  caller: Caller,
  roles: readonly string[],
): Promise<void> {
  if (roles.length === 0 || hasRole(caller, 'administrator', 'provisioner')) return
  const person = caller.person && (await people.find(caller.person))
  if (!person || !isSubset(roles, person.roles))
    throw new ServiceError('caller_forbidden', 'an owner gives roles that they have themselves')
}
