import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { JsonArray } from '../../foundation/json.ts'
import { formatTime } from '../../foundation/time.ts'
import { type Entitled, entitlementsFor } from '../../governance/entitlement.ts'
import type { ReviewItem } from '../../governance/review.ts'
import {
  type Evidence,
  evidenceOf,
  leastPrivilege,
  type UsageRecord,
  usageWindow,
} from '../../governance/usage.ts'
import { usageCountedUntil } from '../auditing/usage-counted-until.ts'

/** What a reviewer needs to see. */
export interface ReviewDossier {
  readonly agent: Pick<
    Agent,
    'id' | 'name' | 'owner' | 'riskTier' | 'kind' | 'state' | 'segment' | 'lastActiveAt'
  >
  /** What the entitlement gives the agent now. */
  readonly grants: JsonArray
  /** Use in the last 90 days. */
  readonly evidence: Evidence
  readonly used: readonly UsageRecord[]
  /** Use is counted up to this moment; it lags behind now a little. */
  readonly usageCountedUntil: string
  /** The least that would have covered its use. */
  readonly proposal: JsonArray
}

/** @returns undefined if the agent no longer has the entitlement. */
export async function describeReviewItem(
  needs: Pick<Deps, 'clock' | 'agents' | 'governance' | 'ceilings' | 'usage' | 'cursors' | 'audit'>,
  { agentId, entitlement }: ReviewItem,
): Promise<ReviewDossier | undefined> {
  const agent = await needs.agents.find(agentId)
  const entitled = agent && (await entitledTo(needs, agent, entitlement))
  if (!entitled) return undefined
  // The moment is read before the use, so that more may be counted than stated, and never less.
  const counted = await usageCountedUntil(needs)
  const records = await needs.usage.of(agentId, needs.clock() - usageWindow)
  const { id, name, owner, riskTier, kind, state, segment, lastActiveAt } = agent
  return {
    agent: { id, name, owner, riskTier, kind, state, segment, lastActiveAt },
    grants: entitled.json,
    evidence: evidenceOf(entitled.grants, records),
    used: records,
    usageCountedUntil: formatTime(counted),
    proposal: leastPrivilege(entitled.json, entitled.grants, records),
  }
}

/** What one entitlement gives an agent; undefined if a review took all of it. */
export async function entitledTo(
  { governance, ceilings }: Pick<Deps, 'governance' | 'ceilings'>,
  agent: Agent,
  name: string,
): Promise<Entitled | undefined> {
  const documents = await governance.inForce('entitlement')
  const given = entitlementsFor(documents, agent.roles, undefined, await ceilings.of(agent.id))
  return given.find(({ document }) => document.name === name)
}
