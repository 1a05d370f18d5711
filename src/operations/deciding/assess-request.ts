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
 * Makes every check of a request that needs no write. Whoever decides spends the challenge next, and
 * records the decision.
 *
 * @param caller who asks: the challenge must be theirs, and the presentation for them.
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
