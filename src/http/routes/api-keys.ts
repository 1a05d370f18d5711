import { Hono } from 'hono'
import { z } from 'zod'
import { apiKeyLifetime } from '../../directory/api-key.ts'
import { createApiKey } from '../../operations/administering/create-api-key.ts'
import { revokeApiKey } from '../../operations/administering/revoke-api-key.ts'
import { rotateApiKey } from '../../operations/administering/rotate-api-key.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { id, name, none, pageQuery, scopeList, seconds } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const lifetimeSeconds = seconds(apiKeyLifetime.max).optional().describe('90 days if absent.')
const newApiKey = z.strictObject({
  name,
  holder: z
    .strictObject({ kind: z.enum(['person', 'system', 'agent']), id })
    .describe('In whose name the key is used.'),
  scopes: scopeList.describe('What the key may be used for.'),
  lifetimeSeconds,
})

export const apiKeys = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/api-keys',
      route('POST /api-keys', deps, {
        summary: 'Create an API key',
        body: newApiKey,
        answer:
          'The key with its token, which is shown once. A repeated request is answered without it.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(await once(c, deps, () => createApiKey(deps, c.get('caller'), c.req.valid('json')))),
          201,
        ),
    )
    .get(
      '/api-keys',
      route('GET /api-keys', deps, {
        summary: 'List API keys',
        query: pageQuery,
        answer: 'A page of keys, without secrets.',
      }),
      async (c) => {
        return c.json(
          await showPage(c.req.valid('query'), deps.apiKeys.list, ({ digest: _, ...key }) =>
            show(key),
          ),
          200,
        )
      },
    )
    .post(
      '/api-keys/:id/rotate',
      route('POST /api-keys/:id/rotate', deps, {
        summary: "Replace a key's secret; the old one is void at once",
        body: z.strictObject({ lifetimeSeconds }),
        answer: 'The key with its new token, which is shown once.',
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(
            await once(c, deps, () =>
              rotateApiKey(deps, c.get('caller'), pathId(c), c.req.valid('json').lifetimeSeconds),
            ),
          ),
          200,
        ),
    )
    .post(
      '/api-keys/:id/revoke',
      route('POST /api-keys/:id/revoke', deps, {
        summary: 'Revoke a key, at once and permanently',
        body: none,
        answer: 'The key.',
      }),
      async (c) =>
        c.json(
          show(await carryOut(deps, () => revokeApiKey(deps, c.get('caller'), pathId(c)))),
          200,
        ),
    )
