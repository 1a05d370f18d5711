import { isActing } from '../../directory/acting.ts'
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
  /** For `narrow`: the grants that the agent keeps. If absent, the least that covers its use. */
  readonly grants?: JsonArray | undefined
  readonly comment?: string | undefined
}

/**
 * Certifies, narrows or revokes what an entitlement gives an agent. Credentials beyond that are
 * revoked in the same commit.
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
    throw new ServiceError('request_closed', 'this review item has been decided')
  const agent = (await needs.agents.find(item.agentId))!
  const guards = await checkReviewer(needs, caller, campaign, agent)
  const verdict = { outcome, grants, comment, actor: caller.actor, guards }
  return concludeItem(needs, item, agent, verdict)
}

/**
 * Checks that the caller is a reviewer of the campaign. High-risk agents are not reviewed by people
 * who are or recently were answerable for them, nor by anyone whose record one of those created.
 * Returns preconditions of the commit.
 */
async function checkReviewer(
  needs: ReviewNeeds,
  { person }: Caller,
  { reviewers }: Campaign,
  agent: Agent,
): Promise<readonly Write[]> {
  const reviewer = person && (await needs.people.find(person))
  if (!isActing(reviewer) || !isAmong(reviewer, reviewers))
    throw new ServiceError('approval_not_allowed', 'not a reviewer of this campaign')
  if (!isOfHighRisk(agent)) return []
  const close = await listClosePeople(needs, agent)
  const concerned = close.map((one) => ({ ...one, who: `${one.who} of a high-risk agent` }))
  const { flaw, guards } = await assessCloseness(needs, reviewer, concerned, 'review')
  if (flaw !== undefined) throw new ServiceError('approval_not_allowed', flaw)
  return guards
}
