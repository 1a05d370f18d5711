import { z } from 'zod'
import { agentKinds, riskTiers } from '../../directory/agent.ts'
import { agentStates } from '../../directory/lifecycle.ts'
import { deadlinePolicies, reviewOutcomes } from '../../governance/review.ts'
import { id } from '../schemas.ts'
import { usageRecord } from './agents.ts'
import { approvers } from './governance-documents.ts'
import { grants } from './grants.ts'
import type { Operations } from './operation.ts'
import { actor, count, pageOf, time } from './values.ts'

const members = {
  id,
  name: z.string(),
  scope: z
    .strictObject({
      riskTiers: z.array(z.enum(riskTiers)).optional(),
      agentKinds: z.array(z.enum(agentKinds)).optional(),
      segments: z.array(z.string()).optional(),
      roles: z.array(z.string()).optional(),
    })
    .describe('Agents that meet all given conditions.'),
  reviewers: approvers,
  onDeadline: z
    .enum(deadlinePolicies)
    .describe('What happens at the deadline to items that nobody has decided.'),
  dueAt: time,
  state: z.enum(['open', 'closed']),
  createdBy: actor,
  createdAt: time,
}

const review = z.strictObject(members).meta({ id: 'Review' })

const item = {
  id,
  campaignId: id,
  agentId: id,
  entitlement: z.string().describe('Name of the entitlement.'),
  outcome: z
    .enum([...reviewOutcomes, 'suspended'])
    .nullable()
    .describe('`suspended`: nobody decided in time. Null: it is open.'),
  decidedBy: actor.nullable(),
  decidedAt: time.nullable(),
  comment: z.string().nullable(),
}

const reviewItem = z.strictObject(item).meta({ id: 'ReviewItem' })

const dossier = z
  .strictObject({
    agent: z.strictObject({
      id,
      name: z.string(),
      owner: id,
      riskTier: z.enum(riskTiers),
      kind: z.enum(agentKinds),
      state: z.enum(agentStates),
      segment: z.string(),
      lastActiveAt: time,
    }),
    grants: grants.describe('What the entitlement gives the agent now.'),
    evidence: z
      .strictObject({ granted: count, used: count })
      .describe('How many different actions were granted, and how many used in 90 days.'),
    used: z.array(usageRecord),
    usageCountedUntil: time,
    proposal: grants.describe('The least that would have covered its use.'),
  })
  .meta({ id: 'ReviewDossier', description: 'What a reviewer needs to know.' })

export const reviewOperations = {
  'POST /reviews': {
    id: 'startReview',
    answer: z
      .strictObject({ ...members, items: count.describe('How many items it has.') })
      .meta({ id: 'StartedReview' }),
  },
  'GET /reviews': { id: 'listReviews', answer: pageOf('ReviewPage', review) },
  'GET /reviews/:id': { id: 'getReview', answer: review },
  'GET /reviews/:id/items': {
    id: 'listReviewItems',
    answer: pageOf('ReviewItemPage', reviewItem),
  },
  'GET /reviews/:id/items/:item': {
    id: 'getReviewItem',
    answer: z
      .strictObject({
        ...item,
        dossier: dossier.nullable().describe('Null: the agent no longer has the entitlement.'),
      })
      .meta({ id: 'DescribedReviewItem' }),
  },
  'POST /reviews/:id/items/:item': { id: 'decideReviewItem', answer: reviewItem },
} as const satisfies Operations
