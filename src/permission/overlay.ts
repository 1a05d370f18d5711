import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonArray } from '../foundation/json.ts'
import type { PageRequest } from '../foundation/page.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { Milliseconds, Seconds } from '../foundation/time.ts'
import type { Chain } from './chain.ts'
import { grantsOrNone } from './grants-of.ts'
import type { Situation } from './invocation.ts'
import { matchAny } from './match.ts'
import type { Grant } from './permission.ts'

/**
 * Whose authority is narrowed: an agent anywhere in the chain, by DID; a task; a segment; a root
 * issuer, by DID.
 */
export const overlayScopes = ['agent', 'task', 'segment', 'issuer'] as const

/** A temporary narrowing by a host or an administrator. It restricts, and never grants. */
export interface Overlay {
  readonly id: Id
  readonly scope: { readonly kind: (typeof overlayScopes)[number]; readonly value: string }
  /** Set if a host narrows for itself: then it applies only to decisions for this audience. */
  readonly audience: Did | null
  /** The grants that remain, as written; an empty list leaves nothing. */
  readonly grants: JsonArray
  readonly reason: string
  readonly createdBy: string
  readonly createdAt: Milliseconds
  readonly endsAt: Milliseconds
  readonly endedAt: Milliseconds | null
}

export const overlayLifetime = { default: 86_400, max: 31 * 86_400 } as const satisfies Record<
  string,
  Seconds
>

/**
 * Size of an overlay's grants in characters of JSON, and how many overlays of one creator are in
 * force at a time. Every decision reads those of its audience and those for all audiences.
 */
export const overlayBounds = { characters: 16_384, ofHost: 16, ofAdministrator: 256 } as const

export interface OverlayStore {
  find(id: Id): Promise<Overlay | undefined>
  list(page: PageRequest): Promise<readonly Overlay[]>
  /** Every overlay in force that is for this audience, or with null for all audiences. */
  live(now: Milliseconds, audience: Did | null): Promise<readonly Overlay[]>
  /** Fails the whole commit with `overlay_room` if its creator has `most` in force already. */
  add(overlay: Overlay, most: number): readonly Write[]
  /** Ends an overlay. Fails the whole commit with `overlay_live` if it has ended. */
  end(id: Id, at: Milliseconds): readonly Write[]
}

/** An overlay with parsed grants. */
export interface ReadOverlay extends Omit<Overlay, 'grants'> {
  readonly grants: readonly Grant[]
}

export const readOverlay = (overlay: Overlay): ReadOverlay => ({
  ...overlay,
  grants: grantsOrNone(overlay.grants),
})

/** Whether the overlay withholds the request. */
export function isTakenAway(
  overlay: ReadOverlay,
  chain: Chain,
  segments: readonly string[],
  audience: Did,
  situation: Situation,
): boolean {
  if (overlay.endedAt !== null || situation.now >= overlay.endsAt) return false
  if (overlay.audience !== null && overlay.audience !== audience) return false
  if (!isWithin(overlay.scope, chain, segments)) return false
  return isRefusal(matchAny(overlay.grants, situation))
}

function isWithin(
  { kind, value }: Overlay['scope'],
  chain: Chain,
  segments: readonly string[],
): boolean {
  const values: Record<Overlay['scope']['kind'], readonly string[]> = {
    agent: chain.subjects,
    task: [chain.permission.task.id],
    segment: segments,
    issuer: [chain.root],
  }
  return values[kind].includes(value)
}
