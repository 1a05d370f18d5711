import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { DocumentBodies, DocumentKind, GovernanceDocument } from '../../governance/document.ts'
import { putDocument, withdrawDocument } from '../../operations/change-document.ts'
import type { PageRequest } from '../../page.ts'
import { check } from '../check.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import {
  approvalRuleBody,
  entitlementBody,
  readApprovalRule,
  readEntitlement,
} from '../governance-bodies.ts'
import { route } from '../route.ts'
import { page, slug } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const query = z.strictObject({ ...page, name: slug.optional() })
const listAnswer =
  'A page of versions; of each name the newest is in force, unless its body is null.'
const withdrawAnswer = 'The version that has no body. Its earlier versions stay.'

/** What the organization writes down about who may have what. */
export const documents = (deps: HttpDeps) => {
  const list = async <K extends DocumentKind>(
    kind: K,
    { name, ...request }: PageRequest & { readonly name?: string | undefined },
  ) =>
    showPage<GovernanceDocument<K>, ReturnType<typeof show<GovernanceDocument<K>>>>(
      await deps.documents.list(kind, { name }, request),
      request.limit,
      show,
    )
  const nameOf = (c: Context<HttpEnv>) => check(slug, c.req.param('name'), 'name')
  const put = async <K extends DocumentKind>(
    c: Context<HttpEnv>,
    kind: K,
    body: DocumentBodies[K],
  ) => show(await putDocument(deps, c.get('caller'), kind, nameOf(c), body))
  const withdraw = async <K extends DocumentKind>(c: Context<HttpEnv>, kind: K) =>
    show(await withdrawDocument(deps, c.get('caller'), kind, nameOf(c)))
  return new Hono<HttpEnv>()
    .get(
      '/entitlements',
      route('GET /entitlements', deps, {
        summary: 'List what roles may have for tasks of which purpose',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('entitlement', c.req.valid('query')), 200),
    )
    .put(
      '/entitlements/:name',
      route('PUT /entitlements/:name', deps, {
        summary: 'Put the next version of an entitlement in force',
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
        summary: 'List when people are asked before a permission is issued',
        query,
        answer: listAnswer,
      }),
      async (c) => c.json(await list('approval-rule', c.req.valid('query')), 200),
    )
    .put(
      '/approval-rules/:name',
      route('PUT /approval-rules/:name', deps, {
        summary: 'Put the next version of a rule of approval in force',
        body: approvalRuleBody,
        answer:
          'The version. One rule that refuses is enough; else the stages of all that ask follow each other.',
      }),
      async (c) =>
        c.json(await put(c, 'approval-rule', readApprovalRule(c.req.valid('json'))), 200),
    )
    .delete(
      '/approval-rules/:name',
      route('DELETE /approval-rules/:name', deps, {
        summary: 'Withdraw a rule of approval',
        answer: withdrawAnswer,
      }),
      async (c) => c.json(await withdraw(c, 'approval-rule'), 200),
    )
}
