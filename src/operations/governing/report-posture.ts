import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Id } from '../../foundation/id.ts'
import { formatTime } from '../../foundation/time.ts'
import { entitlementsFor } from '../../governance/entitlement.ts'
import { usageWindow } from '../../governance/usage.ts'
import { usageCountedUntil } from '../auditing/usage-counted-until.ts'
import { readEveryPage } from '../common/read-every-page.ts'
import { violationsOf } from './change-separation-rule.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'agents'
  | 'people'
  | 'governance'
  | 'ceilings'
  | 'usage'
  | 'cursors'
  | 'accessRequests'
  | 'reviews'
  | 'duties'
  | 'documents'
  | 'credentials'
  | 'settings'
  | 'audit'
>

/** Findings of one kind: their number, counted up to a thousand where they are looked up, and the first hundred. */
interface Finding {
  readonly count: number
  readonly first: readonly string[]
}

/** The state of an organization's agents and permissions; ideally without findings. */
export interface Posture {
  readonly at: string
  /** Use is counted up to this moment, a little before `at`. */
  readonly usageCountedUntil: string
  readonly agents: { readonly [state in Agent['state']]: number }
  /** Agents without an active owner or deputy. */
  readonly orphaned: Finding
  /** Agents whose owner has left and whose deputy is active. */
  readonly ownerless: Finding
  /** Agents past half of the time after which they are suspended for lack of use. */
  readonly stale: Finding
  /**
   * Agents older than 90 days that used fewer than half of the actions of their roles in the last
   * 90 days.
   */
  readonly overPrivileged: Finding
  /** Ids of elevations and emergencies that have not been reviewed. */
  readonly unreviewedElevations: Finding
  /** Ids of review campaigns past their deadline. */
  readonly overdueReviews: Finding
  /** Parties that have both duties of a separation rule. */
  readonly separationViolations: Finding
  /** Ids of permissions that rest only on an issuer's word. */
  readonly withoutReason: Finding
  readonly isClean: boolean
}

const shown = 100
/** Most findings that are looked up. */
const mostCounted = 1_000
const day = 86_400_000
const finding = (ids: readonly string[]): Finding => ({
  count: ids.length,
  first: ids.slice(0, shown),
})

export async function reportPosture(needs: Needs): Promise<Posture> {
  const now = needs.clock()
  const counted = await usageCountedUntil(needs)
  const agents = await readEveryPage((page) => needs.agents.list({}, page))
  const people = await readEveryPage((page) => needs.people.list(page))
  const here = new Set(people.filter(isActing).map(({ id }) => id))
  const living = agents.filter(({ state }) => state !== 'retired')
  const abandoned = living.filter(({ owner }) => !here.has(owner))
  const isAnswered = ({ deputy }: Agent) => deputy !== null && here.has(deputy)
  const findings = {
    // An agent suspended for lack of an owner does nothing, but still needs one.
    orphaned: finding(idsOf(abandoned.filter((agent) => !isAnswered(agent)))),
    ownerless: finding(idsOf(abandoned.filter(isAnswered))),
    stale: finding(idsOf(staleOf(needs, living, counted))),
    overPrivileged: finding(idsOf(await overPrivilegedOf(needs, living, now))),
    unreviewedElevations: finding(
      idsOf(
        // Only ids are kept: the terms of a request may be large.
        await readEveryPage(async (page) =>
          (await needs.accessRequests.list({ unreviewed: true }, page)).map(({ id }) => ({ id })),
        ),
      ),
    ),
    overdueReviews: finding(idsOf(await needs.reviews.overdue(now, mostCounted))),
    separationViolations: finding(await violatorsOf(needs)),
    withoutReason: finding(await needs.credentials.onIssuersWord(now, mostCounted)),
  }
  return {
    at: formatTime(now),
    usageCountedUntil: formatTime(counted),
    agents: countsOf(agents),
    ...findings,
    isClean: Object.values(findings).every(({ count }) => count === 0),
  }
}

const idsOf = (records: readonly { readonly id: Id }[]): readonly Id[] =>
  records.map(({ id }) => id)

function countsOf(agents: readonly Agent[]): Posture['agents'] {
  const counts = { pending: 0, active: 0, suspended: 0, retired: 0 }
  for (const { state } of agents) counts[state]++
  return counts
}

function staleOf({ settings }: Needs, living: readonly Agent[], counted: number): readonly Agent[] {
  const { suspendAfter } = settings.unusedDays
  if (suspendAfter === 0) return []
  const before = counted - (suspendAfter / 2) * day
  return living.filter(({ state, lastActiveAt }) => state === 'active' && lastActiveAt < before)
}

async function overPrivilegedOf(
  needs: Needs,
  living: readonly Agent[],
  now: number,
): Promise<readonly Agent[]> {
  const documents = await needs.governance.inForce('entitlement')
  const used = await needs.usage.actionsUsed(now - usageWindow)
  const narrowed = await needs.ceilings.agents()
  const ofRoles = new Map<string, number>()
  const over: Agent[] = []
  for (const agent of living) {
    if (agent.state !== 'active' || agent.createdAt > now - usageWindow) continue
    const isNarrowed = narrowed.has(agent.id)
    const key = agent.roles.join(' ')
    const given =
      (isNarrowed ? undefined : ofRoles.get(key)) ??
      countActions(
        entitlementsFor(
          documents,
          agent.roles,
          undefined,
          isNarrowed ? await needs.ceilings.of(agent.id) : [],
        ),
      )
    if (!isNarrowed) ofRoles.set(key, given)
    if (given > 2 * (used.get(agent.id) ?? 0)) over.push(agent)
  }
  return over
}

const countActions = (entitled: ReturnType<typeof entitlementsFor>): number =>
  new Set(
    entitled.flatMap(({ grants }) =>
      grants.flatMap(({ type, actions }) => actions.map((action) => `${type} ${action}`)),
    ),
  ).size

async function violatorsOf(needs: Needs): Promise<readonly string[]> {
  const found: string[] = []
  for (const rule of await needs.governance.inForce('separation-rule'))
    for (const { party } of await violationsOf(needs, rule)) found.push(`${rule.name}: ${party}`)
  return found
}
