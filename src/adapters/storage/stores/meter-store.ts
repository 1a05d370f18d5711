import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { fromHex, toHex } from '../../../foundation/encoding.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { Count, MeterStore, Reservation } from '../../../permission/meter.ts'

interface ReservationRow extends Row {
  readonly id: Uint8Array
  readonly actor: string
  readonly counts: string
  readonly state: string
  readonly created_at: number
  readonly expires_at: number
}

type StoredCount = Omit<Count, 'key'> & { readonly key: string }

const reservation = (row: ReservationRow): Reservation => ({
  id: idText(row.id),
  actor: row.actor,
  counts: (JSON.parse(row.counts) as StoredCount[]).map((count) => ({
    ...count,
    key: fromHex(count.key)!,
  })),
  state: row.state as Reservation['state'],
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

/** In a fixed order, so that two reservations never deadlock. */
const inOrder = <T extends { readonly key: Uint8Array }>(counts: readonly T[]): readonly T[] =>
  counts.toSorted((a, b) => (toHex(a.key) < toHex(b.key) ? -1 : 1))

export function makeMeterStore(database: Database): MeterStore {
  return {
    async find(id) {
      const [row] = await database.read<ReservationRow>(
        sql`SELECT * FROM reservations WHERE id = ${idBytes(id)}`,
      )
      return row && reservation(row)
    },
    reserve: ({ id, actor, counts, state, createdAt, expiresAt }) => [
      ...inOrder(counts).map(
        ({ key, amount, max, expiresAt }) =>
          sql`INSERT INTO meters (key, used, most, expires_at, forgotten) VALUES (${key}, ${amount}, ${max}, ${expiresAt},
              (SELECT 1 FROM cursors WHERE name = 'forgotten' AND position >= ${expiresAt}))
            ON CONFLICT (key) DO UPDATE SET used = meters.used + excluded.used`,
      ),
      sql`INSERT INTO reservations (id, actor, counts, state, created_at, expires_at)
        VALUES (${idBytes(id)}, ${actor}, ${JSON.stringify(
          counts.map((count) => ({ ...count, key: toHex(count.key) })),
        )}, ${state}, ${createdAt}, ${expiresAt})`,
    ],
    settle: ({ id, counts }, state, unused) => [
      sql`INSERT INTO guards (reservation_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM reservations WHERE id = ${idBytes(id)} AND state = 'reserved' /* FOR UPDATE */)`,
      sql`UPDATE reservations SET state = ${state} WHERE id = ${idBytes(id)}`,
      ...inOrder(counts.map(({ key }, i) => ({ key, amount: unused[i] ?? 0 })))
        .filter(({ amount }) => amount > 0)
        .map(
          ({ key, amount }) => sql`UPDATE meters SET used = used - ${amount} WHERE key = ${key}`,
        ),
    ],
    async deleteExpired(mark) {
      await database.commit([
        sql`DELETE FROM meters WHERE expires_at <= ${mark}`,
        sql`DELETE FROM reservations WHERE expires_at <= ${mark}`,
      ])
    },
  }
}
