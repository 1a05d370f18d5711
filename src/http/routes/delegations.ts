import { Hono } from 'hono'
import { z } from 'zod'
import { prepareDelegation } from '../../operations/issuing/prepare-delegation.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { delegationTerms, grants } from '../grant-schemas.ts'
import { once } from '../idempotency.ts'
import { route } from '../route.ts'
import { did, jsonObject, seconds } from '../schemas.ts'

const newDelegation = z.strictObject({
  chain: z
    .array(jsonObject)
    .min(1)
    .max(8)
    .describe('Your credentials, from the issuer’s to the one to narrow, in any order.'),
  subject: did.describe('The agent that it is delegated to.'),
  grants: grants
    .optional()
    .describe('Each names in `from` the grant it narrows. Absent: all, as they are.'),
  audience: z.array(did).min(1).max(64).optional().describe('Absent: as in the parent.'),
  delegation: delegationTerms.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max)
    .optional()
    .describe('Absent: as long as the parent.'),
})

export const delegations = (deps: HttpDeps) =>
  new Hono<HttpEnv>().post(
    '/delegations',
    route('POST /delegations', deps, {
      summary: 'Reserve status entries for delegating your own permission',
      body: newDelegation,
      answer:
        'credential: the document to sign unchanged, worthless until then; signed already if the service keeps your key. It can be revoked alone, and ends with its task.',
      status: 201,
      idempotent: true,
    }),
    async (c) =>
      c.json(
        await once(c, deps, () =>
          prepareDelegation(forRequest(deps, c), c.get('caller'), c.req.valid('json')),
        ),
        201,
      ),
  )
