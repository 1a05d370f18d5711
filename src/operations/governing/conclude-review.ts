import type { Actor, AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { isWeaker } from '../../directory/lifecycle.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonArray } from '../../foundation/json.ts'
import { type Entitled, isCovered } from '../../governance/entitlement.ts'
import type { Campaign, ReviewItem, ReviewOutcome } from '../../governance/review.ts'
import { leastPrivilege, usageWindow } from '../../governance/usage.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { usageCountedUntil } from '../auditing/usage-counted-until.ts'
import type { Propose } from '../common/carry-out.ts'
import { answerOnly, type Change, insteadOn } from '../common/change.ts'
import { revokeExcess } from '../enforcing/revoke-excess.ts'
import { entitledTo } from './describe-review-item.ts'

export type ReviewNeeds = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'audit'
  | 'reviews'
  | 'agents'
  | 'people'
  | 'apiKeys'
  | 'governance'
  | 'ceilings'
  | 'usage'
  | 'cursors'
  | 'credentials'
  | 'status'
  | 'accessRequests'
  | 'tasks'
>

/**
 * Ends a review campaign at its deadline. Items without a decision are narrowed, or their agents
 * suspended. Narrowing waits until all use before the deadline has been counted.
 *
 * @returns a change for each open item; the end of the campaign once no item is open.
 */
export async function endReview(
  needs: ReviewNeeds,
  campaign: Campaign,
): Promise<readonly Propose<unknown>[]> {
  if (campaign.onDeadline === 'narrow' && (await usageCountedUntil(needs)) < campaign.dueAt)
    return []
  const open = await needs.reviews.items({ campaignId: campaign.id, isOpen: true }, { limit: 100 })
  const comment = 'no reviewer decided in time'
  if (open.length === 0) return [() => closeReview(needs, campaign)]
  return open.map((item) => async () => {
    const agent = (await needs.agents.find(item.agentId))!
    return concludeItem(needs, item, agent, {
      outcome: campaign.onDeadline === 'narrow' ? 'narrow' : 'suspended',
      grants: undefined,
      comment,
      actor: 'service',
    })
  })
}

/**
 * Closes a campaign once every item is decided. If several reviewers decide the last items at once,
 * one of them closes it.
 */
export async function closeDecidedReview(
  needs: Pick<Deps, 'reviews'>,
  { id }: Pick<Campaign, 'id'>,
): Promise<Change<null>> {
  const campaign = await needs.reviews.find(id)
  const open = await needs.reviews.items({ campaignId: id, isOpen: true }, { limit: 1 })
  if (campaign?.state !== 'open' || open.length > 0) return answerOnly(null)
  return {
    ...closeReview(needs, campaign),
    otherwise: insteadOn({ request_closed: () => answerOnly(null) }),
  }
}

const closeReview = ({ reviews }: Pick<Deps, 'reviews'>, { id }: Campaign): Change<null> => ({
  writes: reviews.close(id),
  events: [{ type: 'review.ended', actor: 'service', facts: { campaign: id } }],
  answer: null,
})

export async function concludeItem(
  needs: ReviewNeeds,
  item: ReviewItem,
  agent: Agent,
  {
    outcome,
    grants,
    comment,
    actor,
    guards = [],
  }: {
    readonly outcome: ReviewOutcome
    readonly grants: JsonArray | undefined
    readonly comment: string
    readonly actor: Actor
    readonly guards?: readonly Write[]
  },
): Promise<Change<ReviewItem>> {
  const decidedAt = needs.clock()
  const decided: ReviewItem = { ...item, outcome, decidedBy: actor, decidedAt, comment }
  const change = await consequencesOf(needs, decided, agent, actor, grants)
  const facts = {
    campaign: item.campaignId,
    agent: agent.id,
    entitlement: item.entitlement,
    outcome,
  }
  return {
    writes: [...guards, ...needs.reviews.decide(decided), ...change.writes],
    events: [{ type: 'review.decided', actor, facts }, ...change.events],
    answer: decided,
  }
}

interface Consequences {
  readonly writes: readonly Write[]
  readonly events: readonly AuditEvent[]
}

async function consequencesOf(
  needs: ReviewNeeds,
  item: ReviewItem,
  agent: Agent,
  actor: Actor,
  wanted: JsonArray | undefined,
): Promise<Consequences> {
  if (item.outcome === 'certify' || agent.state === 'retired') return { writes: [], events: [] }
  if (item.outcome === 'suspended') return suspension(needs, agent, actor)
  const entitled = await entitledTo(needs, agent, item.entitlement)
  if (!entitled) return { writes: [], events: [] }
  const grants = item.outcome === 'revoke' ? [] : await narrowed(needs, agent, entitled, wanted)
  const before = await needs.ceilings.of(agent.id)
  const ceiling = {
    agentId: agent.id,
    entitlement: item.entitlement,
    grants,
    source: `review:${item.campaignId}`,
    createdAt: item.decidedAt!,
  }
  const ceilings = [...before.filter((one) => one.entitlement !== item.entitlement), ceiling]
  const beyond = await revokeExcess(needs, agent, agent.roles, 'review', ceilings)
  return {
    writes: [needs.ceilings.set(ceiling), ...beyond.writes],
    events: beyond.credentials.map((credential) => ({
      type: 'credential.revoked',
      actor,
      facts: { credential, cause: 'review' },
    })),
  }
}

async function narrowed(
  { usage, clock }: ReviewNeeds,
  agent: Agent,
  { json, grants }: Entitled,
  wanted: JsonArray | undefined,
): Promise<JsonArray> {
  if (wanted === undefined)
    return leastPrivilege(json, grants, await usage.of(agent.id, clock() - usageWindow))
  if (!grantsOf(wanted).every((grant) => isCovered(grant, grants)))
    throw new ServiceError(
      'permission_invalid',
      'a review only narrows: these grants exceed the entitlement',
    )
  return wanted
}

function suspension(
  { agents, status, clock }: ReviewNeeds,
  agent: Agent,
  actor: Actor,
): Consequences {
  const { state, suspendedBy } = agent
  const isToSuspend =
    state === 'active' || (state === 'suspended' && isWeaker(suspendedBy, 'review'))
  if (!isToSuspend) return { writes: [], events: [] }
  const facts = { agent: agent.id, reason: 'no reviewer decided in time what it may keep' }
  return {
    writes: [
      ...agents.suspend(agent.id, 'review'),
      ...status.addCauseToAll({ agentId: agent.id }, 'suspension', 'agent', clock()),
    ],
    events: [{ type: 'agent.suspended', actor, facts }],
  }
}
