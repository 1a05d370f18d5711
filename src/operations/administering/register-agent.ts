import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { isSamePerson } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { Seconds } from '../../foundation/time.ts'
import { isSubset } from '../../permission/constraints/constraint.ts'
import type { Change } from '../common/change.ts'
import { actsForOrganization } from '../enforcing/check-organization-agent.ts'
import { activateWithSealedKey } from './activate-agent.ts'
import { newOffer, type OfferedAgent, offered } from './offer-reassignment.ts'
import { makeKeyChallenge } from './prove-key.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'agents' | 'handOvers' | 'people' | 'identities' | 'governance' | 'settings'
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
  /** The service retires an ephemeral agent after this time. */
  readonly lifetimeSeconds?: Seconds | undefined
}

/** `keyChallenge` is present for an agent that keeps its own key: see activate-agent.ts. */
export type RegisteredAgent = OfferedAgent & { readonly keyChallenge?: string }

/**
 * Registers an agent. It is pending until it proves that it holds its key; an agent whose key is
 * kept here gets one and is active at once. An agent registered by a directory waits for its owner,
 * who alone gets the challenge or confirms it, so that a provisioner never holds an agent's key. A
 * deputy named by an owner must accept first.
 */
export async function registerAgent(
  needs: Needs,
  caller: Caller,
  request: AgentRequest,
): Promise<Change<RegisteredAgent>> {
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
  const isOrder = await actsForOrganization(needs, caller, [owner, deputy])
  if (!isOrder && caller.person !== owner)
    throw new ServiceError(
      'caller_forbidden',
      'an owner registers only agents that they own: name yourself as owner',
    )
  const answerable = await checkAnswerable(needs, owner, deputy)
  await checkRoles(needs, caller, roles, [owner, deputy])
  await checkPlace(needs, caller, isOrder, rest)
  if (rest.didMethod === 'web' && !needs.settings.publicUrl.startsWith('https://'))
    throw new ServiceError(
      'request_unprocessable',
      'did:web needs an https public URL: set PROCURA_PUBLIC_URL',
    )
  const now = needs.clock()
  const agent: Agent = {
    ...rest,
    id: newId(now, needs.crypto.randomBytes),
    owner,
    deputy: isOrder ? deputy : null,
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
    suspendedBy: null,
  }
  const { id, kind, riskTier, segment } = agent
  const registered = {
    type: 'agent.registered',
    actor: caller.actor,
    facts: { agent: id, owner, kind, riskTier, segment, roles },
  } as const
  const asked =
    deputy === null || isOrder
      ? null
      : newOffer(needs, caller, agent, { from: owner, to: deputy, owner, deputy })
  const added = [
    ...answerable,
    needs.agents.add(agent),
    ...beginAnswering(needs, caller, agent),
    ...(asked ? [needs.handOvers.offer(asked)] : []),
  ]
  const events = [registered, ...(asked ? [offered(caller, asked)] : [])]
  const waitsForOwner = caller.person !== owner && !hasRole(caller, 'administrator')
  if (waitsForOwner) return { writes: added, events: events, answer: { ...agent, handOver: asked } }
  if (agent.custody === 'service') {
    const {
      writes,
      events: told,
      answer,
    } = await activateWithSealedKey(needs, caller, agent, added, events)
    return { writes, events: told, answer: { ...answer, handOver: asked } }
  }
  const keyChallenge = await makeKeyChallenge(needs, agent)
  return { writes: added, events: events, answer: { ...agent, handOver: asked, keyChallenge } }
}

/** Owner and deputy of a new agent; and the person who registered it, who may have seen its key. */
function beginAnswering(
  { agents }: Needs,
  { person }: Caller,
  { id, owner, deputy, createdAt: since }: Agent,
): readonly Write[] {
  const answering = { since, until: null }
  return [
    agents.beginAnswering(id, { person: owner, capacity: 'owner', ...answering }),
    ...(deputy
      ? [agents.beginAnswering(id, { person: deputy, capacity: 'deputy', ...answering })]
      : []),
    ...(person && person !== owner
      ? [agents.beginAnswering(id, { person, capacity: 'registrar', since, until: since })]
      : []),
  ]
}

/**
 * Checks that owner and deputy are active and, if there are two, two different people. Returns
 * preconditions of the commit.
 */
export async function checkAnswerable(
  { people }: Pick<Deps, 'people'>,
  owner: Id,
  deputy: Id | null,
): Promise<readonly Write[]> {
  const found = [await people.find(owner), ...(deputy ? [await people.find(deputy)] : [])]
  const here = found.filter(isActing)
  if (here.length < found.length)
    throw new ServiceError(
      'request_unprocessable',
      'owner and deputy must be known people who have not left',
    )
  const [first, second] = here
  if (first && second && isSamePerson(first, second))
    throw new ServiceError('request_unprocessable', 'owner and deputy must be two different people')
  return here.map(({ id, roles }) => people.mustHaveRoles(id, roles))
}

/**
 * Rules depend on risk and segment. Only an administrator sets a low risk, and owners place agents
 * only into segments that they are in charge of.
 */
async function checkPlace(
  { governance }: Pick<Deps, 'governance'>,
  caller: Caller,
  isOrder: boolean,
  { riskTier, segment }: Pick<Agent, 'riskTier' | 'segment'>,
): Promise<void> {
  if (hasRole(caller, 'administrator')) return
  if (riskTier === 'low')
    throw new ServiceError('caller_forbidden', 'only an administrator sets a low risk')
  if (isOrder || segment === 'default') return
  const segments = await governance.inForce('segment')
  const body = segments.find(({ name }) => name === segment)?.body
  if (!caller.person || !body?.owners.includes(caller.person))
    throw new ServiceError(
      'caller_forbidden',
      'only an administrator or an owner of the segment may do this',
    )
}

/**
 * Administrators and directories assign any role. Owners and deputies assign roles that they have
 * themselves under any of their records.
 *
 * @param answerable owner and deputy of the agent.
 */
export async function checkRoles(
  needs: Pick<Deps, 'people'>,
  caller: Caller,
  roles: readonly string[],
  answerable: readonly (Id | null)[],
): Promise<void> {
  if (roles.length === 0 || (await actsForOrganization(needs, caller, answerable))) return
  const person = caller.person && (await needs.people.find(caller.person))
  if (!person || !isSubset(roles, person.roles))
    throw new ServiceError('caller_forbidden', 'owners assign only roles that they have themselves')
}
