import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Write } from '../../foundation/database.ts'
import { type Id, newId } from '../../foundation/id.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import type { Reservation } from '../../permission/meter.ts'
import type { Grounds } from './apply-rules.ts'
import type { Assessment } from './assessment.ts'

export type SpendNeeds = Pick<Deps, 'clock' | 'crypto' | 'requests' | 'meters'>

export interface Spending {
  readonly writes: readonly Write[]
  /** The reservation of what was counted; undefined if the grant has no limits. */
  readonly reservation: Id | undefined
}

/**
 * Fourth stage: spends what the decision uses up. Every decision spends the challenge. An allowed
 * request also counts against limits and is recorded as a duty.
 */
export function spend(
  needs: SpendNeeds,
  caller: Pick<Caller, 'actor'>,
  { challenge, outcome }: Assessment<Grounds>,
): Spending {
  const challenges = challenge ? [needs.requests.spend(challenge)] : []
  if (isRefusal(outcome)) return { writes: challenges, reservation: undefined }
  const reservation = reservationFor(needs, caller, outcome)
  const counts = reservation ? needs.meters.reserve(reservation) : []
  return {
    writes: [...challenges, ...counts, ...outcome.writes],
    reservation: reservation?.id,
  }
}

function reservationFor(
  { clock, crypto }: SpendNeeds,
  { actor }: Pick<Caller, 'actor'>,
  { counts, chain }: Grounds,
): Reservation | undefined {
  if (counts.length === 0) return undefined
  const now = clock()
  return {
    id: newId(now, crypto.randomBytes),
    actor,
    counts,
    state: 'reserved',
    createdAt: now,
    expiresAt: chain.validUntil,
  }
}
