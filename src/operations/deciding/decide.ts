import type { Caller } from '../../directory/caller.ts'
import { newId } from '../../foundation/id.ts'
import { refuse } from '../../foundation/refusal.ts'
import type { Decision } from '../../permission/decide.ts'
import type { Invocation } from '../../permission/invocation.ts'
import { type Change, insteadOn } from '../common/change.ts'
import { admit } from './admit.ts'
import { applyRules, type Grounds } from './apply-rules.ts'
import { assessAuthority } from './assess-authority.ts'
import type { AssessmentNeeds, DecisionRequest } from './assess-request.ts'
import { type Assessment, decisionOf, deny } from './assessment.ts'
import { type DecisionSession, decisionEvent } from './record-decision.ts'
import { type SpendNeeds, spend } from './spend.ts'

export type DecideNeeds = AssessmentNeeds & SpendNeeds

/**
 * Decides whether the presenter may do what it asks, for the audience it presented to. One commit
 * spends the challenge, counts limits and records the decision.
 *
 * @see permission-model.md, 4
 */
export async function decide(
  needs: DecideNeeds,
  caller: Caller,
  { presentation, invocation, observed, holder }: DecisionRequest,
): Promise<Change<Decision>> {
  const admitted = await admit(needs, caller, presentation, holder)
  const authorities = assessAuthority(admitted, { invocation, observed, now: needs.clock() })
  const ruled = await applyRules(needs, authorities)
  return conclude(needs, caller, invocation, ruled)
}

/**
 * Last stages: spends what the decision uses up, and records it. If another decision won the race for
 * the challenge, a limit or a duty, a denial is recorded instead.
 */
export function conclude(
  needs: DecideNeeds,
  caller: Pick<Caller, 'actor'>,
  invocation: Invocation,
  assessed: Assessment<Grounds>,
  session?: DecisionSession,
): Change<Decision> {
  const { writes, reservation } = spend(needs, caller, assessed)
  const decided = decisionOf(assessed, invocation, needs.settings.publicUrl)
  const id = newId(needs.clock(), needs.crypto.randomBytes)
  const isCounted = reservation !== undefined && decided.decision === 'allow'
  const decision = { ...decided, id, ...(isCounted ? { reservation } : {}) }
  const event = decisionEvent(decision, caller, invocation, assessed, session)

  const { challenge: _, ...unchallenged } = assessed
  const denied = (found: Assessment<Grounds>, check: string, because: ReturnType<typeof refuse>) =>
    conclude(needs, caller, invocation, deny(found, check, because), session)
  return {
    writes,
    events: [event],
    answer: decision,
    otherwise: insteadOn({
      challenge_spent: () =>
        denied(unchallenged, 'challenge is spent once', refuse('challenge_used')),
      // The challenge may turn out to be spent as well.
      limit_reached: () => denied(assessed, 'its limits are not reached', refuse('limit_reached')),
      separation_of_duties: ({ detail }) =>
        denied(assessed, 'duties stay separate', refuse('separation_of_duties', detail)),
    }),
  }
}
