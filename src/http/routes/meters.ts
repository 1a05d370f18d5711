import { Hono } from 'hono'
import { z } from 'zod'
import { reserveMeter } from '../../operations/deciding/reserve-meter.ts'
import { commitMeter, releaseMeter } from '../../operations/deciding/settle-meter.ts'
import { showRefusal } from '../../operations/verifying/show-verdict.ts'
import { maxLinks } from '../../permission/chain.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { route } from '../route.ts'
import { did, id, jsonObject, line } from '../schemas.ts'
import { amounts } from '../verification-bodies.ts'

const newReservation = z.strictObject({
  audience: did,
  credentials: z
    .array(jsonObject)
    .min(1)
    .max(maxLinks)
    .describe('The complete chain of the permission, in any order.'),
  grant: line(256).describe('Id of the grant that covers the act.'),
  amounts: amounts.default({}),
})

export const meters = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/meters/reserve',
      route('POST /meters/reserve', deps, {
        summary: 'Count an act against the limits of its grant, in advance',
        body: newReservation,
        answer:
          'reserved, with a reservation to commit or release; otherwise because. A reservation that is never settled stays counted.',
        idempotent: true,
      }),
      async (c) => {
        const answer = await once(c, deps, () =>
          reserveMeter(forRequest(deps, c), c.get('caller'), c.req.valid('json')),
        )
        return answer.reserved
          ? c.json(answer, 200)
          : c.json({ reserved: false as const, because: showRefusal(answer.because) }, 200)
      },
    )
    .post(
      '/meters/commit',
      route('POST /meters/commit', deps, {
        summary:
          'Commit a reservation: the act was performed, and the reserved or used amount counts',
        body: z.strictObject({
          reservation: id,
          used: amounts.default({}).describe('What was used, if it is less.'),
        }),
        answer: 'The reservation and its state.',
        idempotent: true,
      }),
      async (c) => {
        const { reservation, used } = c.req.valid('json')
        return c.json(
          await once(c, deps, () => commitMeter(deps, c.get('caller'), reservation, used)),
          200,
        )
      },
    )
    .post(
      '/meters/release',
      route('POST /meters/release', deps, {
        summary: 'Release a reservation: the act was not performed, and nothing counts',
        body: z.strictObject({ reservation: id }),
        answer: 'The reservation and its state.',
        idempotent: true,
      }),
      async (c) =>
        c.json(
          await once(c, deps, () =>
            releaseMeter(deps, c.get('caller'), c.req.valid('json').reservation),
          ),
          200,
        ),
    )
