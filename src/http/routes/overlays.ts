import { Hono } from 'hono'
import { z } from 'zod'
import { carryOut } from '../../operations/common/carry-out.ts'
import { createOverlay, endOverlay } from '../../operations/containing/create-overlay.ts'
import { overlayLifetime, overlayScopes } from '../../permission/overlay.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { grants } from '../grant-schemas.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, none, pageQuery, seconds, text } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const newOverlay = z.strictObject({
  scope: z.strictObject({
    kind: z.enum(overlayScopes),
    value: text.describe(
      'A DID for agent and issuer; the id of a task of this service, or the URI of another; a name for a segment.',
    ),
  }),
  audience: did.optional().describe('Only for requests to this audience. Absent: for all.'),
  grants: grants.default([]).describe('The grants that remain. None: nothing remains.'),
  reason: text,
  lifetimeSeconds: seconds(overlayLifetime.max).optional().describe('A day if absent.'),
})

export const overlays = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/overlays',
      route('POST /overlays', deps, {
        summary: 'Narrow an agent, a task, a segment or an issuer, at once and for a limited time',
        body: newOverlay,
        answer:
          'The overlay: only what its grants cover remains, or nothing if there are none. A host narrows for itself, as audience.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(
            await once(c, deps, () => createOverlay(deps, c.get('caller'), c.req.valid('json'))),
          ),
          201,
        ),
    )
    .get(
      '/overlays',
      route('GET /overlays', deps, {
        summary: 'List overlays',
        query: pageQuery,
        answer: 'A page of overlays, including ended ones.',
      }),
      async (c) => {
        return c.json(await showPage(c.req.valid('query'), deps.overlays.list, show), 200)
      },
    )
    .post(
      '/overlays/:id/end',
      route('POST /overlays/:id/end', deps, {
        summary: 'End an overlay early',
        body: none,
        answer: 'The overlay.',
      }),
      async (c) =>
        c.json(show(await carryOut(deps, () => endOverlay(deps, c.get('caller'), pathId(c)))), 200),
    )
