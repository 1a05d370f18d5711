import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { newId } from '../../foundation/id.ts'
import { formatTime, type Seconds } from '../../foundation/time.ts'
import type { Approvers } from '../../governance/approval-rule.ts'
import { entitlementsFor } from '../../governance/entitlement.ts'
import {
  type Campaign,
  isInScope,
  type ReviewItem,
  type ReviewScope,
} from '../../governance/review.ts'
import type { Change } from '../common/change.ts'
import { readEveryPage } from '../common/read-every-page.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'reviews' | 'agents' | 'governance'>

export interface CampaignRequest {
  readonly name: string
  readonly scope: ReviewScope
  readonly reviewers: Approvers
  readonly onDeadline: Campaign['onDeadline']
  readonly dueSeconds: Seconds
}

export type StartedCampaign = Campaign & { readonly items: number }

/** More items than people can review. */
const mostItems = 20_000

/**
 * Starts a review campaign, with one item for each entitlement that the roles of an agent in scope
 * give it.
 */
export async function startReview(
  needs: Needs,
  { actor }: Caller,
  { dueSeconds, ...request }: CampaignRequest,
): Promise<Change<StartedCampaign>> {
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
  const agents = await readEveryPage((page) => needs.agents.list({ state: 'active' }, page))
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
      `${items.length} items are more than ${mostItems}: review fewer agents at a time`,
    )
  const facts = {
    campaign: id,
    name: request.name,
    items: items.length,
    dueAt: formatTime(campaign.dueAt),
  }
  return {
    writes: [needs.reviews.add(campaign), ...items.map(needs.reviews.addItem)],
    events: [{ type: 'review.started', actor, facts }],
    answer: { ...campaign, items: items.length },
  }
}
