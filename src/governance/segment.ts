import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { GrantTypeName } from '../permission/grant-type.ts'
import { covers, type NormalLocation } from '../permission/location.ts'
import type { InForce } from './document.ts'
import type { GrantPattern } from './grant-pattern.ts'

/**
 * A part of the organization that is separated from the others. Agents name the segment they belong
 * to; other members are listed here. What belongs to no segment is shared by all.
 */
export interface Segment {
  readonly issuers: readonly Did[]
  /** Verifiers that are not agents of this service. */
  readonly audiences: readonly Did[]
  readonly resources: readonly GrantPattern[]
  /** Ids of people who may close it, besides administrators. */
  readonly owners: readonly Id[]
}

/**
 * Lets authority cross from one segment into another, in one direction; if it names grants, only
 * for those.
 */
export interface Door {
  readonly from: string
  readonly to: string
  readonly grants?: readonly GrantPattern[] | undefined
}

/** A closed segment. */
export interface Closure {
  readonly segment: string
  readonly reason: string
  readonly closedBy: string
  readonly closedAt: Milliseconds
  /** Who proposed to reopen it: reopening takes two people. */
  readonly reopenedBy: Id | null
  readonly proposedAt: Milliseconds | null
}

/** How long a second person has to confirm, so that the first is still around and in charge. */
export const reopeningLifetime: Milliseconds = 3_600_000

export interface ClosureStore {
  /** Fails the whole commit with `segment_open` if the segment is closed. */
  mustBeOpen(segment: string): Write
  list(): Promise<readonly Closure[]>
  find(segment: string): Promise<Closure | undefined>
  /** Nothing happens if it is closed. */
  close(closure: Closure): Write
  proposeReopening(segment: string, by: Id, at: Milliseconds): Write
  /** Fails the whole commit with `closure_proposed` unless this person proposed reopening. */
  reopen(segment: string, proposedBy: Id): readonly Write[]
}

/** The segments at one moment. */
export interface SegmentMap {
  readonly segments: readonly InForce<'segment'>[]
  readonly doors: readonly InForce<'door'>[]
  readonly closed: ReadonlySet<string>
}

/** What authority is used for: one act, or everything that a permission grants. */
export interface Use {
  readonly type: GrantTypeName
  readonly actions: readonly string[]
  readonly locations: readonly NormalLocation[]
}

export const segmentOfIssuer = ({ segments }: SegmentMap, did: Did): string | undefined =>
  segments.find(({ body }) => body.issuers.includes(did))?.name

export const segmentOfAudience = ({ segments }: SegmentMap, did: Did): string | undefined =>
  segments.find(({ body }) => body.audiences.includes(did))?.name

/**
 * The segments that a use touches. A location belongs to the segment that names the narrowest
 * prefix of it.
 */
export function segmentsOfUse(
  { segments }: SegmentMap,
  { type, actions, locations }: Use,
): readonly string[] {
  const found = locations.flatMap((location) => {
    let narrowest: { readonly name: string; readonly length: number } | undefined
    const within: string[] = []
    for (const { name, body } of segments)
      for (const pattern of body.resources) {
        if (pattern.type !== type) continue
        if (pattern.actions && !pattern.actions.some((one) => actions.includes(one))) continue
        for (const place of pattern.locations ?? ['']) {
          if (place === '' || covers(place, location)) {
            if (place.length >= (narrowest?.length ?? 0)) narrowest = { name, length: place.length }
          } else if (covers(location, place)) within.push(name)
        }
      }
    return [...(narrowest ? [narrowest.name] : []), ...within]
  })
  return [...new Set(found)]
}

/**
 * Checks whether authority may flow along a path: from the issuer through the agents to the
 * audience, and into the resources used there. Every step into another segment needs a door, and
 * nothing passes a closed segment.
 *
 * @param path undefined for members of no segment.
 */
export function flawOfFlow(
  map: SegmentMap,
  path: readonly (string | undefined)[],
  uses: readonly Use[],
): Refusal | undefined {
  const way = path.filter((segment) => segment !== undefined)
  for (const use of uses) {
    const targets = segmentsOfUse(map, use)
    const closed = [...way, ...targets].find((segment) => map.closed.has(segment))
    if (closed) return refuse('segment_closed', `the segment ${closed} is closed`)
    const steps = [
      ...way.slice(1).map((to, i) => [way[i]!, to] as const),
      ...targets.flatMap((to) => (way.length > 0 ? [[way.at(-1)!, to] as const] : [])),
    ]
    const crossing = steps.find(([from, to]) => from !== to && !hasDoor(map, from, to, use))
    if (crossing)
      return refuse(
        'segment_crossing',
        `no door allows this from ${crossing[0]} into ${crossing[1]}`,
      )
  }
  return undefined
}

const hasDoor = ({ doors }: SegmentMap, from: string, to: string, use: Use): boolean =>
  doors.some(
    ({ body }) =>
      body.from === from &&
      body.to === to &&
      (body.grants === undefined || body.grants.some((pattern) => contains(pattern, use))),
  )

/** The pattern covers all of the use: a door is exact. */
const contains = (pattern: GrantPattern, { type, actions, locations }: Use): boolean =>
  pattern.type === type &&
  (pattern.actions === undefined || actions.every((one) => pattern.actions!.includes(one))) &&
  (pattern.locations === undefined ||
    locations.every((location) => pattern.locations!.some((place) => covers(place, location))))
