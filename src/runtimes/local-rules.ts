import type { Agent, AgentStore } from '../agent/agent.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import type { LocalRules } from '../permission/local-rules.ts'
import { type OverlayStore, type ReadOverlay, readOverlay } from '../permission/overlay.ts'
import type { AgentProfile, PolicyEngine, PolicySet, PolicyStore } from '../permission/policy.ts'
import type { Clock } from '../time.ts'
import { remember } from './remember.ts'

/** The rules of this service, from storage. */
export function makeLocalRules(
  stores: {
    readonly overlays: OverlayStore
    readonly policies: PolicyStore
    readonly agents: AgentStore
  },
  engine: PolicyEngine,
  clock: Clock,
  {
    meterAuthority,
    metersSince,
    crossing,
    limits,
    separation,
  }: Pick<LocalRules, 'meterAuthority' | 'metersSince' | 'crossing' | 'limits' | 'separation'>,
  waitsForOthers: boolean,
): Deps['rules'] {
  const overlays = remember<readonly ReadOverlay[]>(clock, waitsForOthers, async () =>
    (await stores.overlays.live(clock())).map(readOverlay),
  )
  let compiled: PolicySet | undefined
  const policies = remember<PolicySet | undefined>(clock, waitsForOthers, async () => {
    const inForce = await stores.policies.inForce()
    if (inForce.length === 0) return undefined
    const version = inForce.map(({ name, version }) => `${name} ${version}`).join(', ')
    if (compiled?.version !== version) compiled = await engine.compile(inForce)
    return compiled
  })
  return {
    meterAuthority,
    metersSince,
    crossing,
    limits,
    separation,
    overlays: overlays.get,
    policies: policies.get,
    agents: (dids: readonly Did[]) =>
      Promise.all(
        dids.map(async (did) => {
          const agent = await stores.agents.findByDid(did)
          return agent && profileOf(agent)
        }),
      ),
    forget() {
      overlays.forget()
      policies.forget()
    },
  }
}

const profileOf = ({ state, owner, segment, riskTier, kind }: Agent): AgentProfile => ({
  isActive: state === 'active',
  owner,
  segment,
  riskTier,
  kind,
})
