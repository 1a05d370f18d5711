import type { Write } from '../../foundation/database.ts'
import { isRefusal, type Refusal } from '../../foundation/refusal.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import { digestsOfLine, type LineDigests } from '../../permission/chain-digests.ts'
import {
  flawOfRules,
  type LocalRules,
  policyRequestOf,
  type RuleSnapshot,
} from '../../permission/local-rules.ts'
import { type Count, countsOf } from '../../permission/meter.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import type { Check } from '../verifying/examine-presentation.ts'
import type { Authority } from './assess-authority.ts'
import { type Assessment, newTrace } from './assessment.ts'

export interface RuleNeeds {
  readonly rules: LocalRules
  readonly crypto: Pick<CryptoProvider, 'sha256'>
}

/** What a permitted request rests on. */
export interface Grounds extends Authority {
  /** Of the credentials presented, and of the status entries looked at. */
  readonly digests: LineDigests
  /** Must be counted before the request is allowed; empty if the grant has no limits. */
  readonly counts: readonly Count[]
  /** Must be committed with the decision. */
  readonly writes: readonly Write[]
}

/**
 * Third stage: do this verifier's rules let one of the authorities through? Rules narrow and never
 * grant. The first authority that passes is used; if none does, the last refusal counts.
 *
 * @see permission-model.md, 4
 */
export async function applyRules(
  needs: RuleNeeds,
  assessment: Assessment<readonly Authority[]>,
): Promise<Assessment<Grounds>> {
  const { outcome: authorities } = assessment
  if (isRefusal(authorities)) return { ...assessment, outcome: authorities }
  const { lines: trace, check } = newTrace(assessment.trace)
  // Read once: a rule that changes during this decision applies to the next.
  const overlaysRead = needs.rules.overlays(authorities[0]!.audience)
  const policiesRead = needs.rules.policies()
  const overlays = overlaysRead instanceof Promise ? await overlaysRead : overlaysRead
  const policies = policiesRead instanceof Promise ? await policiesRead : policiesRead
  let ruled: { readonly outcome: Grounds | Refusal; readonly asked: PolicyRequest } | undefined
  for (const authority of authorities) {
    const agentsRead = needs.rules.agents(authority.chain.subjects)
    const agents = agentsRead instanceof Promise ? await agentsRead : agentsRead
    const asked = policyRequestOf(authority, agents)
    const snapshot = { overlays, policies, agents }
    ruled = { asked, outcome: await applyTo(needs, authority, snapshot, asked, check) }
    if (!isRefusal(ruled.outcome)) break
  }
  return { ...assessment, trace, policies: policies?.version, ...ruled! }
}

async function applyTo(
  { rules, crypto }: RuleNeeds,
  authority: Authority,
  snapshot: RuleSnapshot,
  asked: PolicyRequest,
  check: Check,
): Promise<Grounds | Refusal> {
  const { agents } = snapshot
  const crossing = rules.crossing(authority, agents)
  const crossed = check(
    'no segment is crossed except through a door',
    crossing instanceof Promise ? await crossing : crossing,
  )
  const denied = crossed ?? flawOfRules(snapshot, authority, asked, check)
  if (denied) return denied
  const limits = rules.limits(authority, agents)
  if (limits !== undefined) {
    const exceeded = check(
      'the person for whom an agent acts has the role for it',
      limits instanceof Promise ? await limits : limits,
    )
    if (exceeded) return exceeded
  }
  const separation = rules.separation(authority)
  const separated = separation instanceof Promise ? await separation : separation
  if (separated !== undefined) check('duties stay separate', separated)
  if (isRefusal(separated)) return separated
  const counts = await countsFor(rules, crypto, authority, check)
  if (isRefusal(counts)) return counts
  const digested = digestsOfLine(authority.line, crypto)
  const digests = digested instanceof Promise ? await digested : digested
  return { ...authority, digests, counts, writes: separated?.writes ?? [] }
}

async function countsFor(
  rules: LocalRules,
  crypto: RuleNeeds['crypto'],
  { chain, grant, situation: { invocation } }: Authority,
  check: Check,
): Promise<readonly Count[] | Refusal> {
  const limits = chain.meters.get(grant.id) ?? []
  if (limits.length === 0) return []
  const counts = await countsOf(limits, invocation.amounts ?? {}, rules, crypto)
  return check('its limits can be counted here', counts)
}
