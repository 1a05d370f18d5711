import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import { refuse } from '../../foundation/refusal.ts'
import type { Decision } from '../../permission/decide.ts'
import type { Challenge } from '../../presentation/challenge.ts'
import { type AssessmentNeeds, assessRequest, type DecisionRequest } from './assess-request.ts'
import { decisionOf, deny } from './assessment.ts'

/** Spends a challenge. @returns whether it was unspent until now. */
export type SpendChallenge = (challenge: Challenge) => MaybePromise<boolean>

export interface StandaloneDecision {
  readonly decision: Decision
  readonly audience: Did | undefined
  readonly holder: string | undefined
}

/** Decides without the service and its database: at the edge, or in the process of an SDK. */
export async function decideStandalone(
  needs: AssessmentNeeds,
  spend: SpendChallenge,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  request: DecisionRequest,
): Promise<StandaloneDecision> {
  const assessed = await assessRequest(needs, caller, request)
  const isSpent = assessed.challenge !== undefined && !(await spend(assessed.challenge))
  const concluded = isSpent
    ? deny<never>(assessed, 'challenge is spent once', refuse('challenge_used'))
    : assessed
  return {
    decision: decisionOf(concluded, request.invocation, ''),
    audience: assessed.audience,
    holder: assessed.presentation?.holder,
  }
}
