import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { Caller } from '../directory/caller.ts'
import type { Budget } from '../foundation/budget.ts'
import type { Id } from '../foundation/id.ts'
import type { BodyAccount, BodyBudget } from './body-budget.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { RateLimit } from './rate-limit.ts'

/** What the edge needs beside the operations' own needs. */
export interface HttpDeps extends Deps {
  readonly log: Log
  readonly metrics: Metrics
  readonly rateLimit: RateLimit
  readonly bodies: BodyBudget
  /** Pieces of work under way: checks of signatures ask whether others wait. */
  readonly workload: { count: number }
  /** Whether the service takes no new requests any more. */
  readonly isStopping: () => boolean
}

export interface HttpEnv {
  Variables: {
    caller: Caller
    requestId: Id
    /** What this request may make us do. */
    budget: Budget
    /** Pattern of the route that was taken: for log and metrics. */
    route: string
    /** The request's body as it came, once it was read. */
    body: Uint8Array
    /** What the body takes of the memory for all. */
    account: BodyAccount
  }
  Bindings: {
    /** Address of the other end of the connection, as the runtime knows it. */
    clientAddress?: string
  }
}

/** What an operation needs, with the budget of the request that it is for. */
export const forRequest = <N extends object>(
  needs: N,
  c: Context<HttpEnv>,
): N & { readonly budget: Budget } => ({
  ...needs,
  budget: c.get('budget'),
})
