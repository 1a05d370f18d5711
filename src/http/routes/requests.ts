import { Hono } from 'hono'
import { z } from 'zod'
import { hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { findings, requestStates } from '../../governance/access-request.ts'
import { requestKinds } from '../../governance/approval-rule.ts'
import { findAgent, findRequest } from '../../operations/common/find-visible.ts'
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
import { permissionLifetime } from '../../operations/issuing/issue-permission.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, id, jsonArray, jsonObject, none, page, seconds, slug, text } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const asked = {
  reason: text,
  entitlement: slug.optional(),
  audience: z.array(did).min(1).max(64).optional(),
  grants: jsonArray.optional(),
  delegation: jsonObject.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max).optional(),
} as const
const newRequest = z.strictObject({
  agent: id,
  task: id,
  kind: z.enum(requestKinds).default('permission'),
  ...asked,
})
const digest = z.string().regex(/^sha-256:[0-9a-f]{64}$/, 'must be the digest of the request')
/** Left out, `edits` is 0: such a vote counts only for what was asked first. */
const seen = { digest, edits: z.int().min(0).default(0) }
const yes = z.strictObject({ ...seen, comment: text.optional() })
const no = z.strictObject({ ...seen, comment: text })

export const requests = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/requests',
      route('POST /requests', deps, {
        summary: 'Ask for a permission',
        body: newRequest,
        answer:
          'The request: granted, with the credential; refused, with why; or open, with the stages that people decide.',
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
        const caller = c.get('caller')
        if (agent) await findAgent(deps, caller, agent)
        else if (!hasRole(caller, 'administrator', 'auditor', 'approver'))
          throw new ServiceError('caller_forbidden', 'name an agent that you answer for')
        const filter = { state, agentId: agent, unreviewed }
        return c.json(
          showPage(await deps.accessRequests.list(filter, request), request.limit, show),
          200,
        )
      },
    )
    .get(
      '/requests/:id',
      route('GET /requests/:id', deps, {
        summary: 'Read a request, with what one who approves deps to see',
        answer:
          'The request, and its dossier: agent, owner, task, risk, what else the agent holds and what it did, approvals.',
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
        summary: 'Ask for something else under an open request; it begins with the first stage',
        body: z.strictObject(asked),
        answer: 'The request. Approvals of what was asked before do not count.',
        idempotent: true,
      }),
      async (c) => {
        const request = await findRequest(deps, c.get('caller'), pathId(c))
        return c.json(
          show(
            await once(c, deps, async () =>
              editAccessRequest(
                deps,
                c.get('caller'),
                request,
                (await deps.agents.find(request.agentId))!,
                c.req.valid('json'),
              ),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/requests/:id/approve',
      route('POST /requests/:id/approve', deps, {
        summary: 'Approve what was asked, exactly: by its digest, and how often it was edited',
        body: yes,
        answer:
          'The request; granted, if nobody else is needed. approval_outdated: what was asked is not to be had any more, and why.',
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
        summary: 'Refuse what was asked',
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
        summary: 'Take an open request back',
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
        summary: 'Say afterwards whether an elevation or emergency was justified',
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
