import { Hono } from 'hono'
import { z } from 'zod'
import { verifierKey } from '../../audit/checkpoint.ts'
import type { EventType } from '../../audit/event.ts'
import { toBase64url } from '../../encoding.ts'
import { ServiceError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { route } from '../route.ts'
import { id } from '../schemas.ts'

const auditQuery = z.strictObject({
  from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  type: z.string().max(100).optional(),
  actor: z.string().max(100).optional(),
  agent: id.optional(),
  credential: id.optional(),
  task: id.optional(),
})

export const audit = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .get(
      '/audit',
      route('GET /audit', deps, {
        summary: 'Read the audit log from a place on, filtered',
        query: auditQuery,
        answer:
          'events, each with sequence, commitment and salt; next: where the next page begins.',
      }),
      async (c) => {
        const { from, limit, type, ...filter } = c.req.valid('query')
        const events = await deps.audit.list(
          { ...filter, type: type as EventType | undefined },
          from,
          limit,
        )
        return c.json(
          {
            events: events.map(({ sequence, commitment, salt, body }) => ({
              sequence,
              commitment: toBase64url(commitment),
              salt: toBase64url(salt),
              event: JSON.parse(body) as JsonObject,
            })),
            next: events.length === limit ? events.at(-1)!.sequence + 1 : null,
          },
          200,
        )
      },
    )
    .get(
      '/audit/checkpoint',
      route('GET /audit/checkpoint', deps, {
        summary:
          'The newest signed checkpoint of the log: keep it, and the log can be checked against it',
        answer: 'checkpoint: a C2SP signed note. verifierKey: checks it.',
      }),
      async (c) => {
        const latest = await deps.audit.latest()
        if (!latest) throw new ServiceError('not_found', 'there is no checkpoint yet')
        const { publicKey } = await deps.auditSigner()
        return c.json(
          {
            checkpoint: latest.note,
            verifierKey: await verifierKey(deps.settings.auditOrigin, publicKey, deps.crypto),
          },
          200,
        )
      },
    )
