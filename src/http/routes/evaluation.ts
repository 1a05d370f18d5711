import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Caller } from '../../directory/caller.ts'
import type { Budget } from '../../foundation/budget.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { decide } from '../../operations/deciding/decide.ts'
import { closeSession, decideInSession } from '../../operations/deciding/decide-in-session.ts'
import { type OpenedSession, openSession } from '../../operations/deciding/open-session.ts'
import type { Decision } from '../../permission/decide.ts'
import type { Invocation, Observed } from '../../permission/invocation.ts'
import { check } from '../check.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { route } from '../route.ts'
import { id, jsonObject, line } from '../schemas.ts'
import { amounts, observed } from '../verification-bodies.ts'

/**
 * OpenID AuthZEN Authorization API 1.0. The subject is an agent's DID, with a presentation or the
 * session that one opened. The context holds what the caller observed.
 *
 * @see https://openid.net/specs/authorization-api-1_0.html
 */
const subject = z.looseObject({
  type: line(256),
  id: line(2048),
  properties: z
    .looseObject({ presentation: jsonObject.optional(), session: id.optional() })
    .default({}),
})
const action = z.looseObject({
  name: line(64),
  properties: z
    .looseObject({ args: jsonObject.optional(), amounts: amounts.optional() })
    .default({}),
})
const resource = z.looseObject({
  type: line(256),
  id: line(2048),
  properties: z.looseObject({ datatypes: z.array(line(256)).max(64).optional() }).default({}),
})
const context = z
  .looseObject({ purpose: line(256, 0).default(''), observed: observed.default({}) })
  .default({ purpose: '', observed: {} })
const request = z.looseObject({ subject, action, resource, context })
type Evaluation = z.output<typeof request>

const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
const maxEvaluations = 100
const batch = z.looseObject({
  evaluations: z
    .array(jsonObject)
    .max(maxEvaluations)
    .optional()
    .describe('Requests. A member that a request lacks is taken from the body.'),
  options: z
    .looseObject({ evaluations_semantic: z.enum(semantics).default('execute_all') })
    .default({ evaluations_semantic: 'execute_all' }),
})

/** A batch is one request with one budget. */
type RequestDeps = HttpDeps & { readonly budget: Budget }

export const evaluation = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .get(
      '/.well-known/authzen-configuration',
      route('GET /.well-known/authzen-configuration', deps, {
        summary: 'Find the AuthZEN endpoints',
        answer: 'The metadata of this policy decision point.',
      }),
      (c) => {
        const { publicUrl } = deps.settings
        return c.json(
          {
            policy_decision_point: publicUrl,
            access_evaluation_endpoint: `${publicUrl}/access/v1/evaluation`,
            access_evaluations_endpoint: `${publicUrl}/access/v1/evaluations`,
          },
          200,
        )
      },
    )
    .post(
      '/access/v1/evaluation',
      route('POST /access/v1/evaluation', deps, {
        summary: 'Evaluate one request (AuthZEN)',
        body: request,
        answer: 'decision: true or false; context: reason, grant, statusAge, trace.',
      }),
      async (c) => {
        echoRequestId(c)
        return c.json(
          await evaluate(forRequest(deps, c), c.get('caller'), c.req.valid('json')),
          200,
        )
      },
    )
    .post(
      '/access/v1/evaluations',
      route('POST /access/v1/evaluations', deps, {
        summary: 'Evaluate several requests (AuthZEN)',
        body: batch,
        answer:
          'evaluations: a decision for each, in order. A member that a request lacks is taken from the body.',
      }),
      async (c) => {
        echoRequestId(c)
        const { evaluations = [], options, ...defaults } = c.req.valid('json')
        const semantic = options.evaluations_semantic
        if (evaluations.length === 0)
          return c.json(await evaluate(forRequest(deps, c), c.get('caller'), read(defaults)), 200)
        const items = evaluations.map((item) => read({ ...defaults, ...item }))
        return c.json(
          { evaluations: await evaluateAll(forRequest(deps, c), c.get('caller'), items, semantic) },
          200,
        )
      },
    )

/** Returns the caller's own request id. */
function echoRequestId(c: Context<HttpEnv>): void {
  const given = c.req.header('x-request-id')
  if (given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given)) c.header('x-request-id', given)
}

const read = (json: object): Evaluation => check(request, json, 'body')

/** A decision in AuthZEN's form. */
const show = (decision: Decision) => ({
  decision: decision.decision === 'allow',
  context: decision,
})

async function evaluate(deps: RequestDeps, caller: Caller, asked: Evaluation) {
  const { presentation, session } = asked.subject.properties
  if ((presentation === undefined) === (session === undefined))
    throw new ServiceError(
      'request_malformed',
      'subject.properties must have either a presentation or a session',
    )
  const { invocation, observed } = requestOf(asked)
  const decision = session
    ? await carryOut(deps, () =>
        decideInSession(deps, caller, session, {
          invocation,
          observed,
          holder: asked.subject.id,
        }),
      )
    : await carryOut(deps, () =>
        decide(deps, caller, {
          presentation: presentation!,
          invocation,
          observed,
          holder: asked.subject.id,
        }),
      )
  return show(decision)
}

/**
 * A presentation can be used once, so several requests with the same one are decided in a session
 * made for them.
 */
async function evaluateAll(
  deps: RequestDeps,
  caller: Caller,
  items: readonly Evaluation[],
  semantic: (typeof semantics)[number],
) {
  const opened = new Map<string, OpenedSession>()
  const answers: ReturnType<typeof show>[] = []
  try {
    for (const item of items) {
      const answer = await evaluateIn(deps, caller, item, opened)
      answers.push(answer)
      if (semantic === 'deny_on_first_deny' && !answer.decision) break
      if (semantic === 'permit_on_first_permit' && answer.decision) break
    }
    return answers
  } finally {
    for (const one of opened.values())
      if (one.opened) await carryOut(deps, () => closeSession(deps, caller, one.session))
  }
}

async function evaluateIn(
  deps: RequestDeps,
  caller: Caller,
  item: Evaluation,
  opened: Map<string, OpenedSession>,
) {
  const { presentation, session } = item.subject.properties
  // With both or neither it is malformed, which evaluate reports.
  if (!presentation || session) return evaluate(deps, caller, item)
  const key = JSON.stringify(presentation)
  const one =
    opened.get(key) ?? (await carryOut(deps, () => openSession(deps, caller, presentation)))
  opened.set(key, one)
  if (one.opened) {
    const subject = { ...item.subject, properties: { session: one.session } }
    return evaluate(deps, caller, { ...item, subject })
  }
  const { refused: reason, detail } = one.because
  const decision: Decision = { decision: 'deny', reason, detail, statusAge: null, trace: [] }
  return show(decision)
}

function requestOf({ action, resource, context }: Evaluation): {
  invocation: Invocation
  observed: Observed
} {
  const { args, amounts } = action.properties
  const { datatypes } = resource.properties
  return {
    invocation: {
      action: action.name,
      resource: resource.id,
      purpose: context.purpose,
      ...(datatypes === undefined ? {} : { datatypes }),
      ...(args === undefined ? {} : { args }),
      ...(amounts === undefined ? {} : { amounts: amounts as object }),
    },
    observed: context.observed as Observed,
  }
}
