import type { Agent } from '../directory/agent.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Approvers } from './approval-rule.ts'

/** The scope of a campaign: agents that meet all given conditions. */
export interface ReviewScope {
  readonly riskTiers?: readonly Agent['riskTier'][] | undefined
  readonly agentKinds?: readonly Agent['kind'][] | undefined
  readonly segments?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
}

/** What happens to items without a decision at the deadline. */
export const deadlinePolicies = ['narrow', 'suspend'] as const

/** A review campaign. */
export interface Campaign {
  readonly id: Id
  readonly name: string
  readonly scope: ReviewScope
  readonly reviewers: Approvers
  readonly onDeadline: (typeof deadlinePolicies)[number]
  readonly dueAt: Milliseconds
  readonly state: 'open' | 'closed'
  readonly createdBy: string
  readonly createdAt: Milliseconds
}

export const reviewOutcomes = ['certify', 'narrow', 'revoke'] as const
/** `suspended`: no reviewer decided in time, so the agent was suspended. */
export type ReviewOutcome = (typeof reviewOutcomes)[number] | 'suspended'

/** A review item: one entitlement of one agent. */
export interface ReviewItem {
  readonly id: Id
  readonly campaignId: Id
  readonly agentId: Id
  /** Name of the entitlement. */
  readonly entitlement: string
  readonly outcome: ReviewOutcome | null
  /** As an actor; `service` if no reviewer decided in time. */
  readonly decidedBy: string | null
  readonly decidedAt: Milliseconds | null
  readonly comment: string | null
}

export const isInScope = (
  { riskTiers, agentKinds, segments, roles }: ReviewScope,
  agent: Agent,
): boolean =>
  (riskTiers?.includes(agent.riskTier) ?? true) &&
  (agentKinds?.includes(agent.kind) ?? true) &&
  (segments?.includes(agent.segment) ?? true) &&
  (roles?.some((role) => agent.roles.includes(role)) ?? true)

/** An owner does not review their own agents of these tiers. */
export const isOfHighRisk = ({ riskTier }: Pick<Agent, 'riskTier'>): boolean =>
  riskTier === 'high' || riskTier === 'critical'

export interface ReviewStore {
  find(id: Id): Promise<Campaign | undefined>
  list(
    filter: { readonly state?: Campaign['state'] | undefined },
    page: PageRequest,
  ): Promise<readonly Campaign[]>
  overdue(now: Milliseconds, limit: number): Promise<readonly Campaign[]>
  add(campaign: Campaign): Write
  /** Fails the whole commit with `review_open` if the campaign is closed. */
  close(id: Id): readonly Write[]
  item(id: Id): Promise<ReviewItem | undefined>
  items(
    filter: {
      readonly campaignId: Id
      readonly isOpen?: boolean | undefined
      readonly agentId?: Id | undefined
    },
    page: PageRequest,
  ): Promise<readonly ReviewItem[]>
  addItem(item: ReviewItem): Write
  /** Fails the whole commit with `review_open` if the item has been decided. */
  decide(item: ReviewItem): readonly Write[]
}
