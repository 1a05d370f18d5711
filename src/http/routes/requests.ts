import { Hono } from 'hono'
import { z } from 'zod'
import type { PageRequest } from '../../foundation/page.ts'
import { findings, requestStates } from '../../governance/access-request.ts'
import { requestKinds } from '../../governance/approval-rule.ts'
import { findRequest } from '../../operations/common/find-visible.ts'
import { listRequests } from '../../operations/common/list-visible.ts'
import {
  approveAccessRequest,
  refuseAccessRequest,
} from '../../operations/governing/approve-access-request.ts'
import {
  reviewRequest,
  withdrawAccessRequest,
} from '../../operations/governing/close-access-request.ts'
import { describeAccessRequest } from '../../operations/governing/describe-access-request.ts'
import {
  editAccessRequest,
  findAgentToAskFor,
  requestAccess,
} from '../../operations/governing/request-access.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { delegationTerms, grants } from '../grant-schemas.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, id, none, page, seconds, slug, text } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const asked = {
  reason: text.describe('Why the agent needs it. Approvers read it.'),
  entitlement: slug
    .optional()
    .describe(
      'The entitlement that the request relies on; its terms replace those that the request leaves out.',
    ),
  audience: z.array(did).min(1).max(64).optional().describe('The systems that may rely on it.'),
  grants: grants.optional(),
  delegation: delegationTerms.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max).optional(),
} as const
const newRequest = z.strictObject({
  agent: id,
  task: id,
  kind: z
    .enum(requestKinds)
    .default('permission')
    .describe(
      '`permission`: within entitlements. `elevation`: beyond them, for a short time. `break-glass`: an emergency.',
    ),
  ...asked,
})
const digest = z.string().regex(/^sha-256:[0-9a-f]{64}$/, 'must be the digest of the request')
/** If absent, `edits` is 0: the vote counts only for the original request. */
const seen = {
  digest: digest.describe('The digest of the request that was read.'),
  edits: z.int().min(0).default(0).describe('The edits of the request that was read.'),
}
const yes = z.strictObject({ ...seen, comment: text.optional() })
const no = z.strictObject({ ...seen, comment: text })

export const requests = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/requests',
      route('POST /requests', deps, {
        summary: 'Request a permission',
        body: newRequest,
        answer:
          'The request: granted, with the credential; refused, with the reason; or open, with its stages.',
        status: 201,
        idempotent: true,
      }),
      async (c) => {
        const { agent: agentId, ...input } = c.req.valid('json')
        const agent = await findAgentToAskFor(deps, c.get('caller'), agentId, input.kind)
        return c.json(
          show(await once(c, deps, () => requestAccess(deps, c.get('caller'), agent, input))),
          201,
        )
      },
    )
    .get(
      '/requests',
      route('GET /requests', deps, {
        summary: 'List requests; an owner or agent names the agent',
        query: z.strictObject({
          ...page,
          state: z.enum(requestStates).optional(),
          agent: id.optional(),
          unreviewed: z.stringbool().optional(),
        }),
        answer: 'A page of requests.',
      }),
      async (c) => {
        const { state, agent, unreviewed, ...request } = c.req.valid('query')
        const filter = { state, agentId: agent, unreviewed }
        const list = (part: PageRequest) => listRequests(deps, c.get('caller'), filter, part)
        return c.json(await showPage(request, list, show), 200)
      },
    )
    .get(
      '/requests/:id',
      route('GET /requests/:id', deps, {
        summary: 'Read a request, with what an approver needs to know',
        answer:
          'The request, and its dossier: agent, owner, task, risk, other permissions of the agent and their use, approvals.',
      }),
      async (c) => {
        const request = await findRequest(deps, c.get('caller'), pathId(c))
        const { approvals, used, ...dossier } = await describeAccessRequest(deps, request)
        return c.json(
          {
            ...show(request),
            dossier: { ...dossier, used: used.map(show), approvals: approvals.map(show) },
          },
          200,
        )
      },
    )
    .put(
      '/requests/:id',
      route('PUT /requests/:id', deps, {
        summary: 'Change what an open request asks for; it returns to its first stage',
        body: z.strictObject(asked),
        answer: 'The request. Approvals of the earlier version do not count.',
        idempotent: true,
      }),
      async (c) => {
        const request = await findRequest(deps, c.get('caller'), pathId(c))
        return c.json(
          show(
            await once(c, deps, () =>
              editAccessRequest(deps, c.get('caller'), request, c.req.valid('json')),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/requests/:id/approve',
      route('POST /requests/:id/approve', deps, {
        summary: 'Approve exactly what was requested, by its digest and number of edits',
        body: yes,
        answer:
          'The request; granted, if no further approval is needed. approval_outdated: it can no longer be granted, with the reason.',
        idempotent: true,
      }),
      async (c) => {
        const answer = await once(c, deps, () =>
          approveAccessRequest(deps, c.get('caller'), pathId(c), c.req.valid('json')),
        )
        return c.json(show(answer), 200)
      },
    )
    .post(
      '/requests/:id/refuse',
      route('POST /requests/:id/refuse', deps, {
        summary: 'Refuse a request',
        body: no,
        answer: 'The request, refused.',
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(
            await once(c, deps, () =>
              refuseAccessRequest(deps, c.get('caller'), pathId(c), c.req.valid('json')),
            ),
          ),
          200,
        ),
    )
    .post(
      '/requests/:id/withdraw',
      route('POST /requests/:id/withdraw', deps, {
        summary: 'Withdraw an open request',
        body: none,
        answer: 'The request, withdrawn.',
        idempotent: true,
      }),
      async (c) => {
        const request = await findRequest(deps, c.get('caller'), pathId(c))
        return c.json(
          show(await once(c, deps, () => withdrawAccessRequest(deps, c.get('caller'), request))),
          200,
        )
      },
    )
    .post(
      '/requests/:id/review',
      route('POST /requests/:id/review', deps, {
        summary: 'Record afterwards whether an elevation or emergency was justified',
        body: z.strictObject({ finding: z.enum(findings) }),
        answer: 'The request, reviewed.',
        idempotent: true,
      }),
      async (c) => {
        const request = await findRequest(deps, c.get('caller'), pathId(c))
        const { finding } = c.req.valid('json')
        return c.json(
          show(await once(c, deps, () => reviewRequest(deps, c.get('caller'), request, finding))),
          200,
        )
      },
    )
