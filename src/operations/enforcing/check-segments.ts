import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Refusal } from '../../foundation/refusal.ts'
import {
  flawOfFlow,
  type SegmentMap,
  segmentOfAudience,
  segmentOfIssuer,
} from '../../governance/segment.ts'
import type { Ruled, RuleSnapshot } from '../../permission/local-rules.ts'
import type { Grant } from '../../permission/permission.ts'

export type FlowNeeds = Pick<Deps, 'agents' | 'governance'>

/**
 * Checks that an agent may hold a permission, given its segment. Returns preconditions of the
 * commit.
 *
 * @param holders the chain that passes it on, root first, and the agent that receives it.
 * @throws ServiceError `segment_crossing`.
 */
export async function checkFlow(
  needs: FlowNeeds & Pick<Deps, 'documents'>,
  issuer: Did,
  holders: readonly (Pick<Agent, 'segment'> | undefined)[],
  { audience, grants }: { readonly audience: readonly Did[]; readonly grants: readonly Grant[] },
): Promise<readonly Write[]> {
  // Read before the check, so that a change in between fails the commit.
  const { segments, doors } = await needs.governance.segments()
  const flaw = await flawOfHolding(needs, issuer, holders, { audience, grants })
  if (flaw) throw new ServiceError('segment_crossing', flaw.detail)
  return [
    needs.documents.mustBeInForce('segment', segments),
    needs.documents.mustBeInForce('door', doors),
  ]
}

export async function flawOfHolding(
  { agents, governance }: FlowNeeds,
  issuer: Did,
  holders: readonly (Pick<Agent, 'segment'> | undefined)[],
  { audience, grants }: { readonly audience: readonly Did[]; readonly grants: readonly Grant[] },
): Promise<Refusal | undefined> {
  const map = await governance.segments()
  for (const did of audience) {
    const flaw = flawOfFlow(
      map,
      [
        segmentOfIssuer(map, issuer),
        ...holders.map((one) => one?.segment),
        segmentOfAudience(map, did) ?? (await agents.segmentOf(did)),
      ],
      grants,
    )
    if (flaw) return flaw
  }
  return undefined
}

/** Checks that authority may flow as far as this act needs. */
export function flawOfActFlow(
  map: SegmentMap,
  { chain, grant, audience, situation: { invocation } }: Ruled,
  agents: RuleSnapshot['agents'],
  audienceSegment: string | undefined,
  normalize: (resource: string) => string | undefined,
): Refusal | undefined {
  const path = [
    segmentOfIssuer(map, chain.root),
    ...agents.map((agent) => agent?.segment),
    segmentOfAudience(map, audience) ?? audienceSegment,
  ]
  const location = normalize(invocation.resource)
  return flawOfFlow(map, path, [
    {
      type: grant.type,
      actions: [invocation.action],
      locations: location === undefined ? [] : [location],
    },
  ])
}
