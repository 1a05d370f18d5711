import type { Context, MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import type { Caller } from '../directory/caller.ts'
import { makeBudget } from '../foundation/budget.ts'
import { ServiceError } from '../foundation/errors.ts'
import { access, type Lane, type RouteKey } from './access.ts'
import { authenticateCaller } from './authenticate.ts'
import { readJsonBody, strangersBody } from './body.ts'
import { check } from './check.ts'
import { countedAs } from './client-address.ts'
import type { HttpDeps, HttpEnv } from './context.ts'

/** What a route takes and returns: used to check requests, and for the documentation. */
export interface RouteDescription<
  B extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
> {
  readonly summary: string
  readonly body?: B
  readonly query?: Q
  /** What a successful answer contains. */
  readonly answer: string
  readonly status?: 200 | 201
  /** Whether a repeated request with the same Idempotency-Key has no further effect. */
  readonly idempotent?: boolean
}

type Input<B, Q> = (B extends z.ZodType ? { json: z.input<B> } : object) &
  (Q extends z.ZodType ? { query: z.input<Q> } : object)
type Output<B, Q> = (B extends z.ZodType ? { json: z.output<B> } : object) &
  (Q extends z.ZodType ? { query: z.output<Q> } : object)

export const describedRoutes = new WeakMap<
  object,
  {
    readonly key: RouteKey
    readonly description: RouteDescription<z.ZodType | undefined, z.ZodType | undefined>
  }
>()

/**
 * Runs first on every route: authenticates the caller, enforces the access table, and parses query
 * and body.
 */
export function route<
  B extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
>(
  key: RouteKey,
  deps: HttpDeps,
  description: RouteDescription<B, Q>,
): MiddlewareHandler<HttpEnv, string, { in: Input<B, Q>; out: Output<B, Q> }> {
  const { roles, lane } = access[key]
  const allowed: readonly string[] = roles
  const pattern = key.slice(key.indexOf(' ') + 1)
  const handler: MiddlewareHandler<HttpEnv> = async (c, next) => {
    c.set('route', pattern)
    const budget = makeBudget()
    c.set('budget', budget)
    const isOpen = allowed.includes('anyone')
    if (!isOpen) await keepUp(deps)
    const caller = isOpen ? undefined : await authenticateOrLimit(c, deps, lane)
    const bucket = limitRate(c, deps, lane, caller?.actor ?? addressOf(c))
    if (!isOpen) {
      if (!caller)
        throw new ServiceError(
          'caller_unauthenticated',
          'send an API key as Authorization: Bearer, or sign the request with a DID key',
        )
      if (!caller.roles.some((role) => allowed.includes(role)))
        throw new ServiceError(
          'caller_forbidden',
          `this requires one of the roles ${allowed.join(', ')}`,
        )
      c.set('caller', caller)
    }
    if (description.query)
      c.req.addValidatedData('query', check(description.query, c.req.query(), 'query') as object)
    if (description.body)
      c.req.addValidatedData(
        'json',
        check(
          description.body,
          await readJsonBody(c, isOpen ? strangersBody : undefined),
          'body',
        ) as object,
      )
    const address = c.env?.clientAddress ?? null
    const authority = caller?.authority ?? null
    await deps.origins.run({ address, authority, request: c.get('requestId') }, next)
    // Known only now: costly requests are charged afterwards.
    deps.rateLimit.charge(bucket, budget.tokens())
  }
  describedRoutes.set(handler, { key, description })
  return handler as MiddlewareHandler<HttpEnv, string, { in: Input<B, Q>; out: Output<B, Q> }>
}

/**
 * Without the database nothing is allowed, because every decision is a commit. Results that need no
 * database, such as who signed a credential, are still returned to known callers.
 */
async function keepUp({ invalidation }: HttpDeps): Promise<void> {
  try {
    const pending = invalidation.keepUp()
    if (pending instanceof Promise) await pending
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'storage_unreachable')) throw error
  }
}

/** Callers that fail to authenticate are counted by their address. */
async function authenticateOrLimit(
  c: Context<HttpEnv>,
  deps: HttpDeps,
  lane: Lane,
): Promise<Caller | undefined> {
  try {
    const address = addressOf(c)
    c.set('account', deps.bodies.open(address))
    const caller = await authenticateCaller(c, deps, (claimed) =>
      // Counted by address and claimed agent, so that an impostor does not use up the agent's own
      // limit.
      limitRate(c, deps, lane, `${address} as ${claimed}`),
    )
    if (caller) c.get('account').prove()
    return caller
  } catch (error) {
    const isLimited = error instanceof ServiceError && error.code === 'rate_limited'
    if (!isLimited) limitRate(c, deps, lane, addressOf(c))
    throw error
  }
}

const addressOf = (c: Context<HttpEnv>): string => countedAs(c.env?.clientAddress ?? 'anyone')

function limitRate(
  c: Context<HttpEnv>,
  { rateLimit, metrics }: HttpDeps,
  lane: Lane,
  who: string,
): string {
  const bucket = `${lane} ${who}`
  const retryAfter = rateLimit(bucket)
  if (retryAfter === undefined) return bucket
  metrics.count('procura_rate_limited_total', { lane })
  c.header('retry-after', String(retryAfter))
  throw new ServiceError('rate_limited', `retry in ${retryAfter} s`)
}
