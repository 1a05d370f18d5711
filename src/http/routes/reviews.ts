import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { agentKinds, riskTiers } from '../../directory/agent.ts'
import type { PageRequest } from '../../foundation/page.ts'
import { deadlinePolicies, reviewOutcomes } from '../../governance/review.ts'
import { reportRetirement } from '../../operations/administering/report-retirement.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { findAgent } from '../../operations/common/find-visible.ts'
import { listUsage } from '../../operations/common/list-visible.ts'
import { closeDecidedReview } from '../../operations/governing/conclude-review.ts'
import { decideReviewItem } from '../../operations/governing/decide-review-item.ts'
import { describeReviewItem } from '../../operations/governing/describe-review-item.ts'
import { reportPosture } from '../../operations/governing/report-posture.ts'
import { startReview } from '../../operations/governing/start-review.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { approvers } from '../governance-bodies.ts'
import { grants } from '../grant-schemas.ts'
import { once } from '../idempotency.ts'
import { found, pathId } from '../path.ts'
import { readPage } from '../read-page.ts'
import { route } from '../route.ts'
import { id, name, page, roles, seconds, slug, text } from '../schemas.ts'
import { readUsageCursor, usageCursor, writeUsageCursor } from '../usage-cursor.ts'
import { show, showPage } from '../view.ts'

const newCampaign = z.strictObject({
  name,
  scope: z
    .strictObject({
      riskTiers: z.array(z.enum(riskTiers)).min(1).optional(),
      agentKinds: z.array(z.enum(agentKinds)).min(1).optional(),
      segments: z.array(slug).min(1).max(50).optional(),
      roles: roles.min(1).optional(),
    })
    .default({})
    .describe('Agents that meet all given conditions.'),
  reviewers: approvers,
  onDeadline: z
    .enum(deadlinePolicies)
    .default('narrow')
    .describe('What happens at the deadline to items that nobody has decided.'),
  dueSeconds: seconds(366 * 86_400).default(30 * 86_400),
})
const verdict = z.strictObject({
  outcome: z
    .enum(reviewOutcomes)
    .describe('Whether the agent keeps all, less, or nothing of the entitlement.'),
  grants: grants.optional().describe('What remains, for the outcome `narrow`.'),
  comment: text.optional(),
})

/** Review campaigns and reports. */
export const reviews = (deps: HttpDeps) => {
  const partOf = async (c: Context<HttpEnv>) => {
    const campaign = found(await deps.reviews.find(pathId(c)))
    const item = found(await deps.reviews.item(pathId(c, 'item')))
    return { campaign, item: found(item.campaignId === campaign.id ? item : undefined) }
  }
  return new Hono<HttpEnv>()
    .post(
      '/reviews',
      route('POST /reviews', deps, {
        summary: 'Start a review campaign',
        body: newCampaign,
        answer: 'The campaign; items: their number, one for each entitlement of an agent.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(await once(c, deps, () => startReview(deps, c.get('caller'), c.req.valid('json')))),
          201,
        ),
    )
    .get(
      '/reviews',
      route('GET /reviews', deps, {
        summary: 'List reviews',
        query: z.strictObject({ ...page, state: z.enum(['open', 'closed']).optional() }),
        answer: 'A page of campaigns.',
      }),
      async (c) => {
        const { state, ...request } = c.req.valid('query')
        const list = (part: PageRequest) => deps.reviews.list({ state }, part)
        return c.json(await showPage(request, list, show), 200)
      },
    )
    .get(
      '/reviews/:id',
      route('GET /reviews/:id', deps, { summary: 'Read a review', answer: 'The campaign.' }),
      async (c) => c.json(show(found(await deps.reviews.find(pathId(c)))), 200),
    )
    .get(
      '/reviews/:id/items',
      route('GET /reviews/:id/items', deps, {
        summary: 'List the items of a campaign',
        query: z.strictObject({ ...page, open: z.stringbool().optional(), agent: id.optional() }),
        answer: 'A page of items, with outcome and reviewer if decided.',
      }),
      async (c) => {
        const { open, agent, ...request } = c.req.valid('query')
        const filter = { campaignId: pathId(c), isOpen: open, agentId: agent }
        const list = (part: PageRequest) => deps.reviews.items(filter, part)
        return c.json(await showPage(request, list, show), 200)
      },
    )
    .get(
      '/reviews/:id/items/:item',
      route('GET /reviews/:id/items/:item', deps, {
        summary: 'Read a review item, with what a reviewer needs to know',
        answer:
          'The item, and its dossier: agent, grants, evidence of use in 90 days, and the least that would have covered it; null if the agent no longer has the entitlement.',
      }),
      async (c) => {
        const { item } = await partOf(c)
        const dossier = await describeReviewItem(deps, item)
        return c.json(
          {
            ...show(item),
            dossier: dossier
              ? { ...dossier, agent: show(dossier.agent), used: dossier.used.map(show) }
              : null,
          },
          200,
        )
      },
    )
    .post(
      '/reviews/:id/items/:item',
      route('POST /reviews/:id/items/:item', deps, {
        summary: 'Certify, narrow or revoke what an entitlement gives an agent',
        body: verdict,
        answer: 'The decided item. Permissions beyond the outcome are revoked in the same commit.',
        idempotent: true,
      }),
      async (c) => {
        const { campaign, item } = await partOf(c)
        const decided = await once(c, deps, () =>
          decideReviewItem(deps, c.get('caller'), campaign, item, c.req.valid('json')),
        )
        // This commit also runs for a repeated request, because the first request may have failed before it.
        await carryOut(deps, () => closeDecidedReview(deps, campaign))
        return c.json(show(decided), 200)
      },
    )
    .get(
      '/posture',
      route('GET /posture', deps, {
        summary: 'Report the posture: agents without an owner, and permissions that nobody uses',
        answer:
          'isClean, and findings: for each kind their number, and the first hundred. Computed on each request.',
      }),
      async (c) => c.json(await reportPosture(deps), 200),
    )
    .get(
      '/agents/:id/usage',
      route('GET /agents/:id/usage', deps, {
        summary: 'List what an agent was allowed in the last 90 days',
        query: z.strictObject({ ...page, after: usageCursor.optional() }),
        answer: 'A page of records: action and location, how often and when last.',
      }),
      async (c) => {
        const list = ({ after, limit }: { readonly after?: string; readonly limit: number }) =>
          listUsage(deps, c.get('caller'), pathId(c), {
            after: after === undefined ? undefined : readUsageCursor(after),
            limit,
          })
        return c.json(await readPage(c.req.valid('query'), list, show, writeUsageCursor), 200)
      },
    )
    .get(
      '/agents/:id/retirement',
      route('GET /agents/:id/retirement', deps, {
        summary: 'Report what remains of a retired agent',
        answer:
          'isClean; left: the number of its credentials, delegations, sessions, API keys and keys that still work; who retired it, when and why.',
      }),
      async (c) => {
        const agent = await findAgent(deps, c.get('caller'), pathId(c))
        return c.json(await reportRetirement(deps, agent), 200)
      },
    )
}
