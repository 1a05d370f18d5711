import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonArray } from '../../foundation/json.ts'
import {
  type Campaign,
  isOfHighRisk,
  type ReviewItem,
  type ReviewOutcome,
} from '../../governance/review.ts'
import type { Change } from '../common/change.ts'
import { assessCloseness } from '../enforcing/check-independence.ts'
import { listClosePeople } from '../enforcing/list-close-people.ts'
import { isAmong } from './approve-access-request.ts'
import { concludeItem, type ReviewNeeds } from './conclude-review.ts'

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
export async function decideReviewItem(
  needs: ReviewNeeds,
  caller: Caller,
  campaign: Campaign,
  item: ReviewItem,
  { outcome, grants, comment = '' }: Verdict,
): Promise<Change<ReviewItem>> {
  if (campaign.state !== 'open' || item.outcome !== null)
    throw new ServiceError('request_closed', 'this part of the review is decided')
  const agent = (await needs.agents.find(item.agentId))!
  const guards = await checkReviewer(needs, caller, campaign, agent)
  const verdict = { outcome, grants, comment, actor: caller.actor, guards }
  return concludeItem(needs, item, agent, verdict)
}

/**
 * A reviewer of the campaign; of high risk, nobody who answers for the agent or did lately, nor whose
 * record one of those made. Returns what must still hold when the review is written.
 */
async function checkReviewer(
  needs: ReviewNeeds,
  { person }: Caller,
  { reviewers }: Campaign,
  agent: Agent,
): Promise<readonly Write[]> {
  const reviewer = person && (await needs.people.find(person))
  if (reviewer?.state !== 'active' || !isAmong(reviewer, reviewers))
    throw new ServiceError('approval_not_allowed', 'not a reviewer of this campaign')
  if (!isOfHighRisk(agent)) return []
  const close = await listClosePeople(needs, agent)
  const concerned = close.map((one) => ({ ...one, who: `of an agent of high risk, ${one.who}` }))
  const { flaw, guards } = await assessCloseness(needs, reviewer, concerned, 'review')
  if (flaw !== undefined) throw new ServiceError('approval_not_allowed', flaw)
  return guards
}
