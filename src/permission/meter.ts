import type { Write } from '../foundation/database.ts'
import { utf8 } from '../foundation/encoding.ts'
import type { Id } from '../foundation/id.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { MeterLimit } from './chain.ts'
import type { MeterUnit } from './constraints/meters.ts'
import type { LocalRules } from './local-rules.ts'

/** How much of each unit an act uses: one use, and the amounts it states. */
export interface Amounts {
  readonly bytes?: number | undefined
  readonly records?: number | undefined
}

/** An amount counted against one limit of one link. */
export interface Count {
  /** SHA-256 of authority, link (by its content), grant and unit: 32 bytes. */
  readonly key: Uint8Array
  readonly unit: MeterUnit
  readonly amount: number
  readonly max: number
  /** When the link that sets the limit ends: its count must be kept until then. */
  readonly expiresAt: Milliseconds
}

/**
 * What an act counts at every link of its chain. It is denied if it does not state the amount that
 * a limit counts, or if the limit is counted elsewhere or was before a backup was restored.
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

/** Amounts counted before the act they are for. */
export interface Reservation {
  readonly id: Id
  /** Who reserved it; only they may settle it. */
  readonly actor: string
  readonly counts: readonly Count[]
  readonly state: ReservationState
  readonly createdAt: Milliseconds
  /** When the permission ends. */
  readonly expiresAt: Milliseconds
}

export interface MeterStore {
  find(id: Id): Promise<Reservation | undefined>
  /**
   * Counts the amounts and stores the reservation. Fails the whole commit with `meter_limit` if a
   * limit is exceeded.
   */
  reserve(reservation: Reservation): readonly Write[]
  /**
   * Ends a reservation. Fails the whole commit with `reservation_open` if it has ended.
   *
   * @param unused the part of each count that was not used, in the order of the counts.
   */
  settle(
    reservation: Reservation,
    state: 'committed' | 'released',
    unused: readonly number[],
  ): readonly Write[]
  deleteExpired(mark: Milliseconds): Promise<void>
}
