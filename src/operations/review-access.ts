import type { Agent } from '../agent/agent.ts'
import type { Caller } from '../agent/caller.ts'
import { isSamePerson } from '../agent/party.ts'
import type { Actor, AuditEvent } from '../audit/event.ts'
import type { Write } from '../database.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Approvers } from '../governance/approval-rule.ts'
import { type Entitled, entitlementsFor, isCovered } from '../governance/entitlement.ts'
import {
  type Campaign,
  isInScope,
  isOfHighRisk,
  type ReviewItem,
  type ReviewOutcome,
  type ReviewScope,
} from '../governance/review.ts'
import {
  type Evidence,
  evidenceOf,
  leastPrivilege,
  type UsageRecord,
  usageWindow,
} from '../governance/usage.ts'
import { newId } from '../id.ts'
import type { JsonArray } from '../json.ts'
import { formatTime, type Seconds } from '../time.ts'
import { isAmong } from './approve-request.ts'
import { everyPage } from './every-page.ts'
import { grantsOf } from './issue-permission.ts'
import { revokeBeyond } from './revoke-beyond.ts'

export type ReviewNeeds = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'commit'
  | 'reviews'
  | 'agents'
  | 'people'
  | 'governance'
  | 'ceilings'
  | 'usage'
  | 'credentials'
  | 'status'
  | 'accessRequests'
  | 'tasks'
>

export interface CampaignRequest {
  readonly name: string
  readonly scope: ReviewScope
  readonly reviewers: Approvers
  readonly undone: Campaign['undone']
  readonly dueSeconds: Seconds
}

export type StartedCampaign = Campaign & { readonly items: number }

/** More than people look at. */
const mostItems = 20_000

/** Begins a review: one part for each entitlement that an agent in its scope has by its roles. */
export async function startReview(
  needs: ReviewNeeds,
  { actor }: Caller,
  { dueSeconds, ...request }: CampaignRequest,
): Promise<StartedCampaign> {
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const campaign: Campaign = {
    ...request,
    id,
    dueAt: now + dueSeconds * 1000,
    state: 'open',
    createdBy: actor,
    createdAt: now,
  }
  const documents = await needs.governance.inForce('entitlement')
  const agents = await everyPage((page) => needs.agents.list({ state: 'active' }, page))
  const items = agents
    .filter((agent) => isInScope(request.scope, agent))
    .flatMap((agent) =>
      entitlementsFor(documents, agent.roles, undefined, []).map(
        ({ document }): ReviewItem => ({
          id: newId(now, needs.crypto.randomBytes),
          campaignId: id,
          agentId: agent.id,
          entitlement: document.name,
          outcome: null,
          decidedBy: null,
          decidedAt: null,
          comment: null,
        }),
      ),
    )
  if (items.length > mostItems)
    throw new ServiceError(
      'request_unprocessable',
      `${items.length} parts are more than ${mostItems}: review fewer agents at a time`,
    )
  const facts = {
    campaign: id,
    name: request.name,
    items: items.length,
    dueAt: formatTime(campaign.dueAt),
  }
  return needs.commit(
    [needs.reviews.add(campaign), ...items.map(needs.reviews.addItem)],
    [{ type: 'review.started', actor, facts }],
    { ...campaign, items: items.length },
  )
}

/** What a reviewer needs to see. */
export interface ReviewDossier {
  readonly agent: Pick<
    Agent,
    'id' | 'name' | 'owner' | 'riskTier' | 'kind' | 'state' | 'segment' | 'lastActiveAt'
  >
  /** What the entitlement gives the agent now. */
  readonly grants: JsonArray
  /** Of the last 90 days. */
  readonly evidence: Evidence
  readonly used: readonly UsageRecord[]
  /** The least that would have done. */
  readonly proposal: JsonArray
}

/** @returns undefined where the agent has the entitlement no more. */
export async function describeItem(
  needs: ReviewNeeds,
  { agentId, entitlement }: ReviewItem,
): Promise<ReviewDossier | undefined> {
  const agent = await needs.agents.find(agentId)
  const entitled = agent && (await entitledTo(needs, agent, entitlement))
  if (!entitled) return undefined
  const records = await needs.usage.of(agentId, needs.clock() - usageWindow)
  const { id, name, owner, riskTier, kind, state, segment, lastActiveAt } = agent
  return {
    agent: { id, name, owner, riskTier, kind, state, segment, lastActiveAt },
    grants: entitled.json,
    evidence: evidenceOf(entitled.grants, records),
    used: records,
    proposal: leastPrivilege(entitled.json, entitled.grants, records),
  }
}

async function entitledTo(
  { governance, ceilings }: ReviewNeeds,
  agent: Agent,
  name: string,
): Promise<Entitled | undefined> {
  const documents = await governance.inForce('entitlement')
  const given = entitlementsFor(documents, agent.roles, undefined, await ceilings.of(agent.id))
  return given.find(({ document }) => document.name === name)
}

export interface Verdict {
  readonly outcome: Exclude<ReviewOutcome, 'suspended'>
  /** Of `narrow`: what the agent may have from now on; left out, the least that would have done. */
  readonly grants?: JsonArray | undefined
  readonly comment?: string | undefined
}

/**
 * Certifies, narrows or revokes what an agent has by an entitlement. What it holds beyond is revoked
 * in the same commit.
 *
 * @throws ServiceError `approval_not_allowed`, `request_closed`, `permission_invalid`.
 */
export async function reviewItem(
  needs: ReviewNeeds,
  caller: Caller,
  campaign: Campaign,
  item: ReviewItem,
  { outcome, grants, comment = '' }: Verdict,
): Promise<ReviewItem> {
  if (campaign.state !== 'open' || item.outcome !== null)
    throw new ServiceError('request_closed', 'this part of the review is decided')
  const agent = (await needs.agents.find(item.agentId))!
  await checkReviewer(needs, caller, campaign, agent)
  const verdict = { outcome, grants, comment, actor: caller.actor }
  const decided = await conclude(needs, item, agent, verdict)
  const open = { campaignId: campaign.id, isOpen: true }
  if ((await needs.reviews.items(open, { limit: 1 })).length === 0) await close(needs, campaign)
  return decided
}

/** Ends the review where its time is over: what nobody looked at is narrowed, or the agent suspended. */
export async function endReview(needs: ReviewNeeds, campaign: Campaign): Promise<void> {
  const open = await needs.reviews.items({ campaignId: campaign.id, isOpen: true }, { limit: 100 })
  const comment = 'nobody looked at it in time'
  for (const item of open) {
    const agent = (await needs.agents.find(item.agentId))!
    await conclude(needs, item, agent, {
      outcome: campaign.undone === 'narrow' ? 'narrow' : 'suspended',
      grants: undefined,
      comment,
      actor: 'service',
    })
  }
  if (open.length === 0) await close(needs, campaign)
}

const close = ({ commit, reviews }: ReviewNeeds, { id }: Campaign): Promise<null> =>
  commit(
    reviews.close(id),
    [{ type: 'review.ended', actor: 'service', facts: { campaign: id } }],
    null,
  )

async function conclude(
  needs: ReviewNeeds,
  item: ReviewItem,
  agent: Agent,
  {
    outcome,
    grants,
    comment,
    actor,
  }: {
    readonly outcome: ReviewOutcome
    readonly grants: JsonArray | undefined
    readonly comment: string
    readonly actor: Actor
  },
): Promise<ReviewItem> {
  const decidedAt = needs.clock()
  const decided: ReviewItem = { ...item, outcome, decidedBy: actor, decidedAt, comment }
  const change = await consequencesOf(needs, decided, agent, actor, grants)
  const facts = {
    campaign: item.campaignId,
    agent: agent.id,
    entitlement: item.entitlement,
    outcome,
  }
  return needs.commit(
    [...needs.reviews.decide(decided), ...change.writes],
    [{ type: 'review.decided', actor, facts }, ...change.events],
    decided,
  )
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
  const beyond = await revokeBeyond(needs, agent, agent.roles, 'review', ceilings)
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
    throw new ServiceError('permission_invalid', 'a review narrows: this is more than there was')
  return wanted
}

function suspension(
  { agents, status, clock }: ReviewNeeds,
  agent: Agent,
  actor: Actor,
): Consequences {
  if (agent.state !== 'active') return { writes: [], events: [] }
  const facts = { agent: agent.id, reason: 'nobody reviewed what it may have' }
  return {
    writes: [
      ...agents.step(agent.id, 'suspend'),
      ...status.addCauseToAll({ agentId: agent.id }, 'suspension', 'agent', clock()),
    ],
    events: [{ type: 'agent.suspended', actor, facts }],
  }
}

/** A reviewer of the campaign; of high risk, nobody who answers for the agent. */
async function checkReviewer(
  { people }: ReviewNeeds,
  { person }: Caller,
  { reviewers }: Campaign,
  agent: Agent,
): Promise<void> {
  const reviewer = person && (await people.find(person))
  if (reviewer?.state !== 'active' || !isAmong(reviewer, reviewers))
    throw new ServiceError('approval_not_allowed', 'not a reviewer of this campaign')
  if (!isOfHighRisk(agent)) return
  for (const id of [agent.owner, agent.deputy]) {
    const answerable = id && (await people.find(id))
    if (answerable && isSamePerson(answerable, reviewer))
      throw new ServiceError(
        'approval_not_allowed',
        'of an agent of high risk, whoever answers for it is not its reviewer',
      )
  }
}
