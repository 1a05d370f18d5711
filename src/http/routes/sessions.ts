import { Hono } from 'hono'
import { z } from 'zod'
import { carryOut } from '../../operations/common/carry-out.ts'
import { closeSession, decideInSession } from '../../operations/deciding/decide-in-session.ts'
import { openSession } from '../../operations/deciding/open-session.ts'
import { showRefusal } from '../../operations/verifying/show-verdict.ts'
import type { Invocation } from '../../permission/invocation.ts'
import { sessionLifetime } from '../../permission/session.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { jsonObject, none, seconds } from '../schemas.ts'
import { sessionDecisionBody } from '../verification-bodies.ts'

const newSession = z.strictObject({
  presentation: jsonObject.describe('The presentation, as the agent sent it.'),
  lifetimeSeconds: seconds(sessionLifetime.max).optional(),
})

export const sessions = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/sessions',
      route('POST /sessions', deps, {
        summary: 'Accept a presentation once, to decide by it for a while',
        body: newSession,
        answer:
          'opened: whether the presentation was accepted; because: the reason if not. The session ends no later than its credentials, their status or their task.',
      }),
      async (c) => {
        const { presentation, lifetimeSeconds } = c.req.valid('json')
        const answer = await carryOut(deps, () =>
          openSession(forRequest(deps, c), c.get('caller'), presentation, lifetimeSeconds),
        )
        return answer.opened
          ? c.json(answer, 200)
          : c.json({ opened: false as const, because: showRefusal(answer.because) }, 200)
      },
    )
    .post(
      '/sessions/:id/decisions',
      route('POST /sessions/:id/decisions', deps, {
        summary: 'Decide whether the holder of a session may do what it asks',
        body: sessionDecisionBody,
        answer: 'As for POST /decisions.',
      }),
      async (c) => {
        const { observed, ...invocation } = c.req.valid('json')
        const decision = await carryOut(deps, () =>
          decideInSession(forRequest(deps, c), c.get('caller'), pathId(c), {
            invocation: invocation as Invocation,
            observed: observed as object,
          }),
        )
        return c.json(decision, 200)
      },
    )
    .post(
      '/sessions/:id/end',
      route('POST /sessions/:id/end', deps, {
        summary: 'End a session that you opened',
        body: none,
        answer: 'ended: whether it was open until now.',
      }),
      async (c) =>
        c.json(await carryOut(deps, () => closeSession(deps, c.get('caller'), pathId(c))), 200),
    )
