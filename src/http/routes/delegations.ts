import { Hono } from 'hono'
import { z } from 'zod'
import { prepareDelegation } from '../../operations/issuing/prepare-delegation.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { route } from '../route.ts'
import { did, jsonArray, jsonObject, seconds } from '../schemas.ts'

const newDelegation = z.strictObject({
  chain: z.array(jsonObject).min(1).max(8),
  subject: did,
  grants: jsonArray.optional(),
  audience: z.array(did).min(1).max(64).optional(),
  delegation: jsonObject.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max).optional(),
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
