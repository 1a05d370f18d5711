import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { PageRequest } from '../../foundation/page.ts'
import {
  cite,
  type DocumentBodies,
  type DocumentKind,
  type GovernanceDocument,
} from '../../governance/document.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { closeSegment, reopenSegment } from '../../operations/containing/close-segment.ts'
import {
  putDocument,
  withdrawDocument,
} from '../../operations/governing/change-governance-document.ts'
import {
  putSeparationRule,
  scanDutiesAtOnce,
  violationsOf,
  withdrawSeparationRule,
} from '../../operations/governing/change-separation-rule.ts'
import { check } from '../check.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import {
  approvalRuleBody,
  doorBody,
  entitlementBody,
  readApprovalRule,
  readDoor,
  readEntitlement,
  readSegment,
  readSeparationRule,
  segmentBody,
  separationRuleBody,
} from '../governance-bodies.ts'
import { once } from '../idempotency.ts'
import { found } from '../path.ts'
import { route } from '../route.ts'
import { none, page, slug, text } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const query = z.strictObject({ ...page, name: slug.optional() })
const listAnswer =
  'A page of versions; the newest version of each name is in force, unless its body is null.'
const withdrawAnswer = 'The new version without a body. Earlier versions are kept.'

/** The organization's governance documents. */
export const documents = (deps: HttpDeps) => {
  const list = <K extends DocumentKind>(
    kind: K,
    { name, ...request }: PageRequest & { readonly name?: string | undefined },
  ) =>
    showPage<GovernanceDocument<K>, ReturnType<typeof show<GovernanceDocument<K>>>>(
      request,
      (part) => deps.documents.list(kind, { name }, part),
      show,
    )
  const nameOf = (c: Context<HttpEnv>) => check(slug, c.req.param('name'), 'name')
  const put = async <K extends DocumentKind>(
    c: Context<HttpEnv>,
    kind: K,
    body: DocumentBodies[K],
  ) => show(await carryOut(deps, () => putDocument(deps, c.get('caller'), kind, nameOf(c), body)))
  const withdraw = async <K extends DocumentKind>(c: Context<HttpEnv>, kind: K) =>
    show(await carryOut(deps, () => withdrawDocument(deps, c.get('caller'), kind, nameOf(c))))
  return new Hono<HttpEnv>()
    .get(
      '/entitlements',
      route('GET /entitlements', deps, {
        summary: 'List what roles give for which purposes',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('entitlement', c.req.valid('query')), 200),
    )
    .put(
      '/entitlements/:name',
      route('PUT /entitlements/:name', deps, {
        summary: 'Put the next version of an entitlement into force',
        body: entitlementBody,
        answer: 'The version.',
      }),
      async (c) => c.json(await put(c, 'entitlement', readEntitlement(c.req.valid('json'))), 200),
    )
    .delete(
      '/entitlements/:name',
      route('DELETE /entitlements/:name', deps, {
        summary: 'Withdraw an entitlement',
        answer: withdrawAnswer,
      }),
      async (c) => c.json(await withdraw(c, 'entitlement'), 200),
    )
    .get(
      '/approval-rules',
      route('GET /approval-rules', deps, {
        summary: 'List when approvals are required',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('approval-rule', c.req.valid('query')), 200),
    )
    .put(
      '/approval-rules/:name',
      route('PUT /approval-rules/:name', deps, {
        summary: 'Put the next version of an approval rule into force',
        body: approvalRuleBody,
        answer:
          'The version. One refusing rule suffices; otherwise the stages of all asking rules follow each other.',
      }),
      async (c) =>
        c.json(await put(c, 'approval-rule', readApprovalRule(c.req.valid('json'))), 200),
    )
    .delete(
      '/approval-rules/:name',
      route('DELETE /approval-rules/:name', deps, {
        summary: 'Withdraw an approval rule',
        answer: withdrawAnswer,
      }),
      async (c) => c.json(await withdraw(c, 'approval-rule'), 200),
    )
    .get(
      '/separation-rules',
      route('GET /separation-rules', deps, {
        summary: 'List the rules of separation of duties',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('separation-rule', c.req.valid('query')), 200),
    )
    .put(
      '/separation-rules/:name',
      route('PUT /separation-rules/:name', deps, {
        summary: 'Put the next version of a separation rule into force',
        body: separationRuleBody,
        answer:
          'The version. Until existing permissions have been scanned, nothing is issued that the rule applies to.',
      }),
      async (c) => {
        const rule = readSeparationRule(c.req.valid('json'))
        const caller = c.get('caller')
        const put = await carryOut(deps, () => putSeparationRule(deps, caller, nameOf(c), rule))
        await scanDutiesAtOnce(deps)
        return c.json(show(put), 200)
      },
    )
    .delete(
      '/separation-rules/:name',
      route('DELETE /separation-rules/:name', deps, {
        summary: 'Withdraw a separation rule',
        answer: withdrawAnswer,
      }),
      async (c) =>
        c.json(
          show(
            await carryOut(deps, () => withdrawSeparationRule(deps, c.get('caller'), nameOf(c))),
          ),
          200,
        ),
    )
    .get(
      '/separation-rules/:name/violations',
      route('GET /separation-rules/:name/violations', deps, {
        summary: 'List who has both duties of a rule now',
        answer:
          'known: whether all permissions have been scanned; violations: up to 1,000, each with the party and its credentials for both duties.',
      }),
      async (c) => {
        const rules = await deps.documents.inForce('separation-rule')
        const rule = found(rules.find(({ name }) => name === nameOf(c)))
        const scan = await deps.duties.scan(cite(rule))
        return c.json(
          { known: scan?.isDone === true, violations: await violationsOf(deps, rule) },
          200,
        )
      },
    )
    .get(
      '/segments',
      route('GET /segments', deps, {
        summary: 'List the members of segments, besides agents',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('segment', c.req.valid('query')), 200),
    )
    .put(
      '/segments/:name',
      route('PUT /segments/:name', deps, {
        summary: 'Define the members of a segment, besides agents, and who may close it',
        body: segmentBody,
        answer: 'The version.',
      }),
      async (c) => c.json(await put(c, 'segment', readSegment(c.req.valid('json'))), 200),
    )
    .delete(
      '/segments/:name',
      route('DELETE /segments/:name', deps, {
        summary: "Withdraw a segment's definition: only agents belong to it then",
        answer: withdrawAnswer,
      }),
      async (c) => c.json(await withdraw(c, 'segment'), 200),
    )
    .get(
      '/doors',
      route('GET /doors', deps, {
        summary: 'List what may cross from one segment into another',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('door', c.req.valid('query')), 200),
    )
    .put(
      '/doors/:name',
      route('PUT /doors/:name', deps, {
        summary: 'Let exactly these grants cross from one segment into another',
        body: doorBody,
        answer: 'The version.',
      }),
      async (c) => c.json(await put(c, 'door', readDoor(c.req.valid('json'))), 200),
    )
    .delete(
      '/doors/:name',
      route('DELETE /doors/:name', deps, { summary: 'Withdraw a door', answer: withdrawAnswer }),
      async (c) => c.json(await withdraw(c, 'door'), 200),
    )
    .post(
      '/segments/:name/close',
      route('POST /segments/:name/close', deps, {
        summary: 'Close a segment: nothing is allowed within it, out of it or into it',
        body: z.strictObject({ reason: text }),
        answer: 'The closure. Closing it again changes nothing.',
        idempotent: true,
      }),
      async (c) => {
        const { reason } = c.req.valid('json')
        const closed = await once(c, deps, () =>
          closeSegment(deps, c.get('caller'), nameOf(c), reason),
        )
        return c.json(show(closed), 200)
      },
    )
    .post(
      '/segments/:name/reopen',
      route('POST /segments/:name/reopen', deps, {
        summary: 'Reopen a segment; this takes two people',
        body: none,
        answer: 'state: closed until a second person confirms; proposedBy: the first.',
        idempotent: true,
      }),
      async (c) =>
        c.json(await once(c, deps, () => reopenSegment(deps, c.get('caller'), nameOf(c))), 200),
    )
    .get(
      '/closed-segments',
      route('GET /closed-segments', deps, {
        summary: 'List closed segments',
        answer: 'items: each with reason, who closed it and when.',
      }),
      async (c) => c.json({ items: (await deps.closures.list()).map(show) }, 200),
    )
}
