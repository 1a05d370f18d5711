import { makeGathering } from '../adapters/event-loop/gather.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { isActing } from '../directory/acting.ts'
import type { Agent, AgentStore } from '../directory/agent.ts'
import { recall } from '../foundation/cache.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import type { Memory } from '../foundation/memory.ts'
import type { Clock, MonotonicClock } from '../foundation/time.ts'
import type { LocalRules } from '../permission/local-rules.ts'
import { type OverlayStore, type ReadOverlay, readOverlay } from '../permission/overlay.ts'
import type { AgentProfile, PolicyEngine, PolicySet, PolicyStore } from '../permission/policy.ts'
import { remember } from './remember.ts'

/** The rules of this service, from storage. */
export function makeLocalRules(
  stores: {
    readonly overlays: OverlayStore
    readonly policies: PolicyStore
    readonly agents: AgentStore
  },
  engine: PolicyEngine,
  platform: {
    readonly clock: Clock
    readonly monotonic: MonotonicClock
    readonly memory: Memory
  },
  {
    meterAuthority,
    metersSince,
    crossing,
    limits,
    separation,
  }: Pick<LocalRules, 'meterAuthority' | 'metersSince' | 'crossing' | 'limits' | 'separation'>,
  waitsForOthers: boolean,
): Deps['rules'] {
  const { monotonic } = platform
  const overlays = rememberOverlays(stores.overlays, platform, waitsForOthers)
  let compiled: PolicySet | undefined
  const policies = remember<PolicySet | undefined>(monotonic, waitsForOthers, async () => {
    const inForce = await stores.policies.inForce()
    if (inForce.length === 0) return undefined
    const version = inForce.map(({ name, version }) => `${name} ${version}`).join(', ')
    if (compiled?.version !== version) compiled = await engine.compile(inForce)
    return compiled
  })
  const { findByDids } = stores.agents
  const findAgents = waitsForOthers ? gatherAgents(findByDids) : findByDids
  return {
    meterAuthority,
    metersSince,
    crossing,
    limits,
    separation,
    overlays: overlays.of,
    policies: policies.get,
    agents: async (dids: readonly Did[]) =>
      (await findAgents(dids)).map((agent) => agent && profileOf(agent)),
    forget() {
      overlays.forget()
      policies.forget()
    },
  }
}

/**
 * Overlays for all audiences, and those of each audience that decides here. An audience fills the
 * memory only with its own, and pays for reading them.
 */
function rememberOverlays(
  store: OverlayStore,
  { clock, monotonic, memory }: Parameters<typeof makeLocalRules>[2],
  waitsForOthers: boolean,
) {
  const load = async (audience: Did | null): Promise<readonly ReadOverlay[]> =>
    (await store.live(clock(), audience)).map(readOverlay)
  const general = remember(monotonic, waitsForOthers, () => load(null))
  const own = memory.cache<readonly ReadOverlay[]>('overlays', { entries: 10_000, lifetime: 1_000 })
  const ownOf = (audience: Did): MaybePromise<readonly ReadOverlay[]> =>
    own.get(audience) ?? recall(own, audience, () => load(audience)).then((found) => found!)
  return {
    of: (audience: Did): MaybePromise<readonly ReadOverlay[]> =>
      after(general.get(), (forAll) =>
        after(ownOf(audience), (forIt) => (forIt.length === 0 ? forAll : [...forAll, ...forIt])),
      ),
    forget() {
      general.forget()
      own.clear()
    },
  }
}

/** One query answers all lookups of one turn of the event loop. */
const gatherAgents = (findByDids: AgentStore['findByDids']): AgentStore['findByDids'] =>
  makeGathering(async (asked: readonly (readonly Did[])[]) => {
    const dids = [...new Set(asked.flat())]
    const found = await findByDids(dids)
    const agents = new Map(dids.map((did, i) => [did, found[i]]))
    return asked.map((some) => some.map((did) => agents.get(did)))
  })

const profileOf = ({ state, owner, segment, riskTier, kind }: Agent): AgentProfile => ({
  isActive: isActing({ state }),
  owner,
  segment,
  riskTier,
  kind,
})
