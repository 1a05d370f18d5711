import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { Caller } from '../directory/caller.ts'
import type { Budget } from '../foundation/budget.ts'
import type { Id } from '../foundation/id.ts'
import type { BodyAccount, BodyBudget } from './body-budget.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { ReadPage } from './pages.ts'
import type { RateLimit } from './rate-limit.ts'

/** What HTTP needs besides the operations' needs. */
export interface HttpDeps extends Deps {
  readonly log: Log
  readonly metrics: Metrics
  readonly rateLimit: RateLimit
  readonly bodies: BodyBudget
  /** Number of requests in progress; signature checks ask whether others wait. */
  readonly workload: { count: number }
  /** Whether the service accepts no new requests any more. */
  readonly isStopping: () => boolean
  /** The documentation. */
  readonly readPage: ReadPage
}

export interface HttpEnv {
  Variables: {
    caller: Caller
    requestId: Id
    /** The work that this request may cause. */
    budget: Budget
    /** Pattern of the route, for log and metrics. */
    route: string
    /** The request's body as received, once it has been read. */
    body: Uint8Array
    /** The body's share in the memory for all bodies. */
    account: BodyAccount
  }
  Bindings: {
    /** Address of the other end of the connection, from the runtime. */
    clientAddress?: string
  }
}

/** The needs of an operation, with the budget of the request. */
export const forRequest = <N extends object>(
  needs: N,
  c: Context<HttpEnv>,
): N & { readonly budget: Budget } => ({
  ...needs,
  budget: c.get('budget'),
})
