import type { Write } from '../foundation/database.ts'
import { utf8 } from '../foundation/encoding.ts'
import type { Id } from '../foundation/id.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { MeterLimit } from './chain.ts'
import type { MeterUnit } from './constraints/meters.ts'
import type { LocalRules } from './local-rules.ts'

/** How much of each unit an act uses. One use, and what of the rest it says. */
export interface Amounts {
  readonly bytes?: number | undefined
  readonly records?: number | undefined
}

/** An amount to be counted against one limit of one link. */
export interface Count {
  /** SHA-256 of authority, link (by its content), grant and unit: 32 bytes. */
  readonly key: Uint8Array
  readonly unit: MeterUnit
  readonly amount: number
  readonly max: number
  /** When the link that sets the limit ends: until then nothing of it may be forgotten. */
  readonly expiresAt: Milliseconds
}

/**
 * What an act counts, at every link of its chain. A limit that the act says nothing about denies;
 * so does one that is counted elsewhere, or was before a backup was restored.
 *
 * @see permission-model.md, 2.5
 */
export async function countsOf(
  limits: readonly MeterLimit[],
  amounts: Amounts,
  { meterAuthority, metersSince }: Pick<LocalRules, 'meterAuthority' | 'metersSince'>,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<readonly Count[] | Refusal> {
  const given = { uses: 1, ...amounts }
  const counts: Count[] = []
  for (const limit of limits) {
    const amount = given[limit.unit]
    if (limit.authority !== meterAuthority || limit.since < metersSince)
      return refuse('meter_unavailable')
    if (amount === undefined) return refuse('amount_missing')
    const named = JSON.stringify([limit.authority, limit.link, limit.grant, limit.unit])
    counts.push({
      key: await crypto.sha256(utf8(named)),
      unit: limit.unit,
      amount,
      max: limit.max,
      expiresAt: limit.expiresAt,
    })
  }
  return counts
}

export const reservationStates = ['reserved', 'committed', 'released'] as const
export type ReservationState = (typeof reservationStates)[number]

/** Amounts that were counted before the act they are for. */
export interface Reservation {
  readonly id: Id
  /** Who reserved it, and alone may settle it. */
  readonly actor: string
  readonly counts: readonly Count[]
  readonly state: ReservationState
  readonly createdAt: Milliseconds
  /** When the permission ends, and nobody asks any more. */
  readonly expiresAt: Milliseconds
}

export interface MeterStore {
  find(id: Id): Promise<Reservation | undefined>
  /** Counts the amounts and notes the reservation, or fails the whole commit with `meter_limit`. */
  reserve(reservation: Reservation): readonly Write[]
  /**
   * Ends a reservation, or fails the whole commit with `reservation_open` if it was ended before.
   *
   * @param unused what was counted too much, in the order of the counts.
   */
  settle(
    reservation: Reservation,
    state: 'committed' | 'released',
    unused: readonly number[],
  ): readonly Write[]
  deleteExpired(mark: Milliseconds): Promise<void>
}
