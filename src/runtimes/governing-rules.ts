import { makeCache } from '../cache.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import type { SegmentMap } from '../governance/segment.ts'
import { flawOfActFlow } from '../operations/flow.ts'
import { flawOfLimits } from '../operations/limits-of-person.ts'
import { separateAct } from '../operations/separate-act.ts'
import { grantTypes } from '../permission/grant-type.ts'
import type { LocalRules, Ruled, RuleSnapshot } from '../permission/local-rules.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'people' | 'agents' | 'governance' | 'duties' | 'ceilings'
>

/** What governance has to say of a decision: at once, where it has nothing. */
export function makeGoverningRules(
  needs: Needs,
): Pick<LocalRules, 'crossing' | 'limits' | 'separation'> {
  // An agent never moves to another segment; one that is not known may be, a second later.
  const addressees = makeCache<{ readonly segment: string } | 'nobody'>(needs.clock, 4_000, 60_000)
  const addresseeOf = async (did: Did) => {
    const known = addressees.get(did)
    if (known) return known === 'nobody' ? undefined : known
    const agent = await needs.agents.findByDid(did)
    addressees.set(did, agent ? { segment: agent.segment } : 'nobody', agent ? 60_000 : 1_000)
    return agent
  }
  const flow = async (map: SegmentMap, ruled: Ruled, agents: RuleSnapshot['agents']) =>
    flawOfActFlow(
      map,
      ruled,
      agents,
      await addresseeOf(ruled.audience),
      grantTypes[ruled.grant.type].normalize,
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
