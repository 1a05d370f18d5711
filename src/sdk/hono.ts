import type { Context, MiddlewareHandler } from 'hono'
import type { Decision } from '../permission/decide.ts'
import { purposeHeader, readPresentation, writeChallenge } from './authorization-scheme.ts'
import type { Decider } from './decider.ts'
import type { Act } from './read-act.ts'

/** What a route asks for. Without `purpose`, the agent states it in the header `Procura-Purpose`. */
export type RouteAct = Omit<Act, 'purpose'> & { readonly purpose?: string }

/** The decision that allowed the request, for the handler: `c.get('decision')`. */
export interface Protected {
  Variables: { decision: Extract<Decision, { decision: 'allow' }> }
}

/**
 * Hono middleware: lets a request pass only if its agent presents a permission for what the route
 * does. A request without a good presentation is answered 401 with a challenge, and one that is
 * denied 403, both as problem documents (RFC 9457) with the reason.
 *
 * @param decider a verifier in this process, or `decideByService`.
 * @param act what the route does, or a function of the request that says so.
 * @example
 *   const verifier = makeVerifier({ audience, trustedIssuers })
 *   const act = { action: 'read', resource: 'db://crm/public/customers' }
 *   app.get('/customers', protect(verifier, act), (c) => c.json(customers))
 */
export function protect(
  decider: Decider,
  act: RouteAct | ((c: Context) => RouteAct | Promise<RouteAct>),
): MiddlewareHandler<Protected> {
  return async (c, next) => {
    const presentation = readPresentation(c.req.header('authorization'))
    if (!presentation)
      return challenge(c, decider, 'presentation_missing', 'Present a permission for this request.')
    const asked = typeof act === 'function' ? await act(c) : act
    const purpose = asked.purpose ?? c.req.header(purposeHeader)
    if (purpose === undefined)
      return problem(c, 403, 'malformed', `State the purpose in the header ${purposeHeader}.`)
    const decision = await decider.decide({ presentation, ...asked, purpose })
    if (decision.decision === 'allow') {
      c.set('decision', decision)
      return next()
    }
    const { reason, detail } = decision
    return unanswered.has(reason)
      ? challenge(c, decider, reason, detail)
      : problem(c, 403, reason, detail)
  }
}

/** With another challenge the same agent may be allowed. */
const unanswered: ReadonlySet<string> = new Set([
  'challenge_invalid',
  'challenge_mismatch',
  'challenge_used',
])

async function challenge(c: Context, decider: Decider, reason: string, detail: string) {
  c.header('www-authenticate', writeChallenge(await decider.newChallenge()))
  return problem(c, 401, reason, detail)
}

function problem(c: Context, status: 401 | 403, reason: string, detail: string): Response {
  const title = status === 401 ? 'Presentation required' : 'Not permitted'
  return c.body(JSON.stringify({ type: 'about:blank', title, status, detail, reason }), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
}
