import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { GrantTypeName } from '../permission/grant-type.ts'
import { covers, type NormalLocation } from '../permission/location.ts'
import type { Grant } from '../permission/permission.ts'

/** Allowed use of an action on a location by an agent: how often, and when last. */
export interface UsageRecord {
  readonly agentId: Id
  readonly type: GrantTypeName
  readonly action: string
  readonly location: NormalLocation
  readonly count: number
  readonly lastUsedAt: Milliseconds
}

/** Names a record among those of its agent, and orders them. */
export type UsageKey = Pick<UsageRecord, 'type' | 'action' | 'location'>

export interface UsageStore {
  of(agentId: Id, since: Milliseconds): Promise<readonly UsageRecord[]>
  /** A page of these, in the order of their keys. */
  page(
    agentId: Id,
    since: Milliseconds,
    page: { readonly after?: UsageKey | undefined; readonly limit: number },
  ): Promise<readonly UsageRecord[]>
  /** Number of different actions that each agent used; agents without use are absent. */
  actionsUsed(since: Milliseconds): Promise<ReadonlyMap<Id, number>>
  /** Adds to the record. */
  add(record: UsageRecord): Write
}

/** Actions not used for this long count as unused. */
export const usageWindow: Milliseconds = 90 * 86_400_000

/** Evidence about a grant from its use, such as “granted 12 actions, used 2”. */
export interface Evidence {
  /** Number of different pairs of type and action. */
  readonly granted: number
  readonly used: number
}

export function evidenceOf(grants: readonly Grant[], records: readonly UsageRecord[]): Evidence {
  const granted = new Set(
    grants.flatMap(({ type, actions }) => actions.map((action) => `${type} ${action}`)),
  )
  const used = new Set(
    grants.flatMap((grant) =>
      usesOf(grant, records).map(({ type, action }) => `${type} ${action}`),
    ),
  )
  return { granted: granted.size, used: used.size }
}

const usesOf = (grant: Grant, records: readonly UsageRecord[]): readonly UsageRecord[] =>
  records.filter(
    ({ type, action, location }) =>
      type === grant.type &&
      grant.actions.includes(action) &&
      grant.locations.some((place) => covers(place, location)),
  )

/** Beyond this number of locations the grant's own are kept. */
const mostLocations = 10

/**
 * The least that would have covered the use: each grant with the used actions and locations, and
 * its constraints. Grants without use are left out.
 *
 * @param json the grants as written, in the order of `grants`.
 */
export const leastPrivilege = (
  json: JsonArray,
  grants: readonly Grant[],
  records: readonly UsageRecord[],
): JsonArray =>
  grants.flatMap((grant, i) => {
    const uses = usesOf(grant, records)
    if (uses.length === 0) return []
    const written = json[i] as JsonObject
    const actions = grant.actions.filter((action) => uses.some((use) => use.action === action))
    const used = [...new Set(uses.map(({ location }) => location))].sort()
    const locations = used.length > mostLocations ? written.locations! : used
    return [{ ...written, actions, locations }]
  })
