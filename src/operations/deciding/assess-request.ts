import type { Settings } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { JsonValue } from '../../foundation/json.ts'
import type { Invocation, Observed } from '../../permission/invocation.ts'
import { type AdmitNeeds, admit } from './admit.ts'
import { applyRules, type Grounds, type RuleNeeds } from './apply-rules.ts'
import { assessAuthority } from './assess-authority.ts'
import type { Assessment } from './assessment.ts'

export type AssessmentNeeds = AdmitNeeds &
  RuleNeeds & { readonly settings: Pick<Settings, 'challengeKeys' | 'publicUrl'> }

export interface DecisionRequest {
  readonly presentation: JsonValue
  readonly invocation: Invocation
  readonly observed: Observed
  /** If set, the presentation's holder must be this DID. */
  readonly holder?: string
}

/**
 * Makes all checks of a request that need no write. The caller of this function spends the
 * challenge next, and records the decision.
 *
 * @param caller the challenge must have been given to this caller, and the presentation made for
 *   them.
 * @see permission-model.md, 4
 */
export async function assessRequest(
  needs: AssessmentNeeds,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  { presentation, invocation, observed, holder }: DecisionRequest,
): Promise<Assessment<Grounds>> {
  const admitted = await admit(needs, caller, presentation, holder)
  const authorities = assessAuthority(admitted, { invocation, observed, now: needs.clock() })
  return applyRules(needs, authorities)
}
