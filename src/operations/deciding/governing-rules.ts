import type { Deps } from '../../deps.ts'
import type { SegmentMap } from '../../governance/segment.ts'
import { grantTypes } from '../../permission/grant-type.ts'
import type { LocalRules, Ruled, RuleSnapshot } from '../../permission/local-rules.ts'
import { separateAct } from '../enforcing/check-duties-done.ts'
import { flawOfLimits } from '../enforcing/check-person-roles.ts'
import { flawOfActFlow } from '../enforcing/check-segments.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'people' | 'agents' | 'governance' | 'duties' | 'ceilings'
>

/** Applies governance rules to a decision. Answers without waiting if no rule applies. */
export function makeGoverningRules(
  needs: Needs,
): Pick<LocalRules, 'crossing' | 'limits' | 'separation'> {
  const flow = async (map: SegmentMap, ruled: Ruled, agents: RuleSnapshot['agents']) =>
    flawOfActFlow(
      map,
      ruled,
      agents,
      await needs.agents.segmentOf(ruled.audience),
      grantTypes[ruled.grant.type].normalizeAsked,
    )
  return {
    crossing(ruled, agents) {
      const map = needs.governance.segments()
      return map instanceof Promise
        ? map.then((map) => flow(map, ruled, agents))
        : flow(map, ruled, agents)
    },
    limits: (ruled, agents) =>
      agents.some((agent) => agent?.kind === 'employee')
        ? flawOfLimits(needs, ruled, agents)
        : undefined,
    separation(ruled) {
      const rules = needs.governance.inForce('separation-rule')
      if (rules instanceof Promise) return rules.then((rules) => separateAct(needs, ruled, rules))
      return rules.length === 0 ? undefined : separateAct(needs, ruled, rules)
    },
  }
}
