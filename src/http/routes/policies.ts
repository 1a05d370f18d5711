import { Hono } from 'hono'
import { z } from 'zod'
import type { PageRequest } from '../../foundation/page.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { putPolicy, withdrawPolicy } from '../../operations/governing/change-policy.ts'
import { tryPolicy } from '../../operations/governing/try-policy.ts'
import { check } from '../check.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { route } from '../route.ts'
import { page, slug } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const cedar = z.string().min(1).max(100_000).describe('Policies in Cedar.')
const trial = z.strictObject({
  name: slug,
  /** Null: as if the policy were withdrawn. */
  policy: cedar.nullable().describe('Null: as if it were withdrawn.'),
  last: z.int().min(1).max(100_000).default(10_000).describe('How many events to look through.'),
})

export const policies = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .get(
      '/policies',
      route('GET /policies', deps, {
        summary: 'List the versions of local policies',
        query: z.strictObject({ ...page, name: slug.optional() }),
        answer: 'A page of versions; of each name the newest is in force, unless its body is null.',
      }),
      async (c) => {
        const { name, ...request } = c.req.valid('query')
        const list = (part: PageRequest) => deps.policies.list({ name }, part)
        return c.json(await showPage(request, list, show), 200)
      },
    )
    .put(
      '/policies/:name',
      route('PUT /policies/:name', deps, {
        summary: 'Put the next version of a policy into force',
        body: z.strictObject({ policy: cedar }),
        answer:
          'The version. Once there is a policy, every request needs one that permits it, and one that forbids it prevails.',
      }),
      async (c) => {
        const name = check(slug, c.req.param('name'), 'name')
        const { policy } = c.req.valid('json')
        return c.json(
          show(await carryOut(deps, () => putPolicy(deps, c.get('caller'), name, policy))),
          200,
        )
      },
    )
    .delete(
      '/policies/:name',
      route('DELETE /policies/:name', deps, {
        summary: 'Withdraw a policy',
        answer: 'The new version without a body. Earlier versions are kept.',
      }),
      async (c) => {
        const name = check(slug, c.req.param('name'), 'name')
        return c.json(
          show(await carryOut(deps, () => withdrawPolicy(deps, c.get('caller'), name))),
          200,
        )
      },
    )
    .post(
      '/policies/trial',
      route('POST /policies/trial', deps, {
        summary:
          'Find the recorded decisions that a policy would change, without putting it into force',
        body: trial,
        answer:
          'asked: decisions that reached local policy; flips: up to 100 that would be different.',
      }),
      async (c) => {
        const { name, policy, last } = c.req.valid('json')
        return c.json(await tryPolicy(forRequest(deps, c), name, policy, last), 200)
      },
    )
