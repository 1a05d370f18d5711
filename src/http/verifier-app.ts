import { type Context, Hono } from 'hono'
import type { Caller } from '../directory/caller.ts'
import { makeBudget } from '../foundation/budget.ts'
import { ServiceError } from '../foundation/errors.ts'
import { newRandomId } from '../foundation/id.ts'
import type { AssessmentNeeds } from '../operations/deciding/assess-request.ts'
import { decideStandalone, type SpendChallenge } from '../operations/deciding/decide-standalone.ts'
import { createChallenge } from '../operations/verifying/create-challenge.ts'
import { showVerdict } from '../operations/verifying/show-verdict.ts'
import { verifyCredential } from '../operations/verifying/verify-credential.ts'
import type { Invocation } from '../permission/invocation.ts'
import { makeReceipt, type ReceiptSigner } from '../permission/receipt.ts'
import { answerProblem } from './answer-problem.ts'
import { readJsonBody } from './body.ts'
import { check } from './check.ts'
import { forRequest, type HttpEnv } from './context.ts'
import type { Log } from './log.ts'
import { credentialBody, decisionBody, newChallenge } from './verification-bodies.ts'

/** The needs of a verifier without a database. */
export interface VerifierDeps extends Omit<AssessmentNeeds, 'budget'> {
  /** The caller with this token; undefined if there is none. */
  readonly authenticate: (token: string) => Promise<Caller | undefined>
  /** Whether the challenge was unspent until now. */
  readonly spend: SpendChallenge
  readonly receipts: ReceiptSigner
  readonly log: Log
}

/** The standalone verifier: challenges, verification and decisions, each with a signed receipt. */
export function makeVerifierApp(deps: VerifierDeps) {
  const callerOf = async (c: Context<HttpEnv>): Promise<Caller> => {
    const [scheme, token] = (c.req.header('authorization') ?? '').split(' ')
    const caller =
      scheme?.toLowerCase() === 'bearer' && token ? await deps.authenticate(token) : undefined
    if (!caller)
      throw new ServiceError('caller_unauthenticated', 'send a token as Authorization: Bearer')
    return caller
  }
  const app = new Hono<HttpEnv>()
    .use(async (c, next) => {
      c.set('requestId', newRandomId(deps.crypto.randomBytes))
      c.set('budget', makeBudget())
      c.header('x-content-type-options', 'nosniff')
      c.header('x-request-id', c.get('requestId'))
      await next()
    })
    .get('/healthz', (c) => c.json({ status: 'ok', verifier: deps.receipts.did }, 200))
    .post('/challenges', async (c) => {
      const caller = await callerOf(c)
      const body = check(newChallenge, await readJsonBody(c), 'body')
      return c.json(await createChallenge(deps, caller, body), 201)
    })
    .post('/credentials/verify', async (c) => {
      await callerOf(c)
      const body = check(credentialBody, await readJsonBody(c), 'body')
      const { verifiableCredential, options } = body
      const verdict = showVerdict(
        await verifyCredential(forRequest(deps, c), verifiableCredential, options),
      )
      return verdict.verified ? c.json(verdict, 200) : c.json(verdict, 400)
    })
    .post('/decisions', async (c) => {
      const caller = await callerOf(c)
      const body = check(decisionBody, await readJsonBody(c), 'body')
      return c.json(await decideAlone(forRequest(deps, c), caller, body), 200)
    })
  app.notFound((c) =>
    answerProblem(c, new ServiceError('not_found', 'there is no such route'), deps.log),
  )
  app.onError((error, c) => answerProblem(c, error, deps.log))
  return app
}

async function decideAlone(
  deps: VerifierDeps & AssessmentNeeds,
  caller: Caller,
  { presentation, observed, ...rest }: ReturnType<typeof check<typeof decisionBody>>,
) {
  const invocation = rest as Invocation
  const { decision, audience, holder } = await decideStandalone(deps, deps.spend, caller, {
    presentation,
    invocation,
    observed: observed as object,
  })
  const facts = {
    id: newRandomId(deps.crypto.randomBytes),
    at: deps.clock(),
    audience,
    holder,
    presentation,
    invocation,
  }
  const reason = decision.decision === 'deny' ? decision.reason : null
  deps.log('info', 'decision', { id: facts.id, decision: decision.decision, reason })
  return { ...decision, receipt: await makeReceipt(decision, facts, deps.receipts, deps.crypto) }
}
