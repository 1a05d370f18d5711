import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Budget } from '../../foundation/budget.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import { isObject, type JsonObject, parseJson } from '../../foundation/json.ts'
import type { Policy, PolicyRequest, PolicySet, PolicyVerdict } from '../../permission/policy.ts'
import { checkPolicy } from './change-policy.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'audit' | 'policies' | 'policyEngine'> & {
  readonly budget: Budget
}

/** A recorded decision that the changed policies would answer differently. */
export interface Flip {
  readonly event: Id
  readonly holder: string
  readonly audience: string
  readonly action: string
  readonly resource: string
  readonly before: PolicyVerdict['verdict']
  readonly after: PolicyVerdict['verdict']
  readonly by: readonly string[]
}

export interface Trial {
  /** Decisions that reached local policy and were evaluated again. */
  readonly asked: number
  readonly flips: readonly Flip[]
}

/** Decisions that are evaluated without a break for other requests. */
const pageSize = 50
const maxFlips = 100
/** What evaluating the smallest policy costs, in characters. */
const leastCost = 200

/**
 * Shows how recent decisions would change if a policy were put into force or withdrawn. Both the
 * current and the changed policies evaluate the requests that were, or would have been, put to
 * local policy.
 *
 * @throws ServiceError `request_unprocessable` if it is more work than one request may cause.
 */
export async function tryPolicy(
  needs: Needs,
  name: string,
  body: string | null,
  last: number,
): Promise<Trial> {
  if (body !== null) await checkPolicy(needs, body)
  const inForce = await needs.policies.inForce()
  const others = inForce.filter((policy) => policy.name !== name)
  const trial = body === null ? others : [...others, trialOf(needs, name, body)]
  const [before, after] = [await setOf(needs, inForce), await setOf(needs, trial)]
  const characters = [...inForce, ...trial].reduce((sum, one) => sum + (one.body?.length ?? 0), 0)
  const flips: Flip[] = []
  let asked = 0
  const size = (await needs.audit.latest())?.frontier.size ?? 0
  for (let from = Math.max(0, size - last); from < size; from += pageSize) {
    const limit = Math.min(pageSize, size - from)
    for (const event of await needs.audit.list({ type: 'decision.made' }, from, limit)) {
      if (event.sequence >= from + limit) break
      const recorded = event.content && readDecision(event.content.body)
      if (!recorded) continue
      asked++
      const excess = needs.budget.spend('policyCharacters', characters + leastCost)
      if (excess)
        throw new ServiceError(
          'request_unprocessable',
          `${excess.detail}: ask for fewer than the last ${last} events`,
        )
      const [was, is] = [before(recorded.request), after(recorded.request)]
      if ((was.verdict === 'permitted') === (is.verdict === 'permitted')) continue
      if (flips.length < maxFlips) flips.push(flipOf(recorded, was, is))
    }
    // Other requests have their turn.
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { asked, flips }
}

const trialOf = ({ clock, crypto }: Needs, name: string, body: string): Policy => ({
  id: newId(clock(), crypto.randomBytes),
  name,
  version: 0,
  body,
  createdBy: 'service',
  createdAt: clock(),
})

/** If no policy is in force, none can forbid. */
async function setOf(
  { policyEngine }: Needs,
  policies: readonly Policy[],
): Promise<PolicySet['evaluate']> {
  if (policies.length === 0) return () => ({ verdict: 'permitted', by: [] })
  return (await policyEngine.compile(policies)).evaluate
}

interface Recorded {
  readonly id: Id
  readonly request: PolicyRequest
}

/** The request as recorded in the event; undefined if the decision did not reach local policy. */
function readDecision(body: string): Recorded | undefined {
  const event = parseJson(body) as JsonObject
  const facts = event.facts as JsonObject
  if (!isObject(facts.asked)) return undefined
  const { holder, audience, action, resource, purpose, asked } = facts
  const request = { ...asked, holder, audience, action, resource, purpose }
  return {
    id: event.id as Id,
    request: {
      ...request,
      profile: asked.profile ?? undefined,
      holder: holder as Did,
    } as unknown as PolicyRequest,
  }
}

const flipOf = ({ id, request }: Recorded, was: PolicyVerdict, is: PolicyVerdict): Flip => ({
  event: id,
  holder: request.holder,
  audience: request.audience,
  action: request.action,
  resource: request.resource,
  before: was.verdict,
  after: is.verdict,
  by: 'by' in is ? is.by : [],
})
