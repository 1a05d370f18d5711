import {
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { type Id, idBytes, idText, newRandomId } from '../../../foundation/id.ts'
import type { CryptoProvider } from '../../../keys/signature.ts'
import type { StatusCauseName } from '../../../status/status-store.ts'
import {
  type CredentialsOf,
  type ListPurpose,
  listLength,
  type OwnList,
  type StatusPurpose,
  type StatusStore,
  statusPurposes,
} from '../../../status/status-store.ts'
import { endOfRecord } from './end-of-record.ts'
import { inParts } from './in-parts.ts'
import { areFew, dropOrders, orderedSlots, placeOrder, sweepOrders } from './status-orders.ts'

interface ListRow extends Row {
  readonly id: Uint8Array
  readonly issuer_id: Uint8Array
  readonly purpose: string
  readonly volume: number
  readonly seed: Uint8Array
  readonly version: number
  readonly status_messages: string | null
}

const ownList = (row: ListRow): OwnList => ({
  id: idText(row.id),
  issuerId: idText(row.issuer_id),
  purpose: row.purpose as ListPurpose,
  messages: row.purpose === 'message' ? JSON.parse(row.status_messages!) : [],
  volume: row.volume,
  seed: row.seed,
  version: row.version,
})

/** Lists with their issuer's messages. */
const lists = sql`SELECT l.*, i.status_messages FROM status_lists l JOIN issuers i ON i.id = l.issuer_id`

const volumeOf = (slot: number): number => Math.floor(slot / listLength)

/** Ids of what an agent holds, and of everything delegated from that with the service's help. */
export const below = (agentId: Id): Statement =>
  sql`WITH RECURSIVE below (id, credential_id) AS (
    SELECT id, credential_id FROM credentials WHERE agent_id = ${idBytes(agentId)}
    UNION SELECT n.id, n.credential_id FROM below b JOIN credentials n
      ON n.basis = 'delegation:' || b.credential_id AND n.basis LIKE 'delegation:%')
    SELECT id FROM below`

function ofCredentials(of: CredentialsOf): Statement {
  if ('agentId' in of) return sql`c.agent_id = ${idBytes(of.agentId)}`
  if ('boundTo' in of) return sql`c.agent_id = ${idBytes(of.boundTo)} AND c.key_bound = 1`
  if ('taskId' in of) return sql`c.task_id = ${idBytes(of.taskId)}`
  if ('below' in of) return sql`c.id IN (${below(of.below)})`
  return sql`c.agent_id IN (SELECT id FROM agents WHERE segment = ${of.segment})`
}

/** @param part number of credentials of one commit: what concerns more becomes an order. */
export function makeStatusStore(
  database: Database,
  crypto: Pick<CryptoProvider, 'randomBytes'>,
  part = 500,
): StatusStore {
  const openVolume = (issuerId: Id, volume: number) =>
    [...statusPurposes, 'message'].map(
      (purpose) => sql`INSERT INTO status_lists (id, issuer_id, purpose, volume, seed, version)
        SELECT CAST(${idBytes(newRandomId(crypto.randomBytes))} AS BLOB), i.id, ${purpose}, CAST(${volume} AS BIGINT),
          CAST(${crypto.randomBytes(32)} AS BLOB), 0 FROM issuers i
        WHERE i.id = ${idBytes(issuerId)} AND (${purpose} <> 'message' OR i.status_messages IS NOT NULL)
        ON CONFLICT DO NOTHING`,
    )
  const touch = (issuerId: Id, purpose: ListPurpose, slot: number) =>
    sql`UPDATE status_lists SET version = version + 1
      WHERE issuer_id = ${idBytes(issuerId)} AND purpose = ${purpose} AND volume = ${volumeOf(slot)}`
  const touchAll = (of: CredentialsOf, purpose: StatusPurpose) =>
    sql`UPDATE status_lists SET version = version + 1
      WHERE purpose = ${purpose} AND CASE WHEN ${areFew(of, part)} THEN EXISTS (
        SELECT 1 FROM credentials c WHERE ${ofCredentials(of)}
          AND c.issuer_id = status_lists.issuer_id AND c.slot / ${listLength} = status_lists.volume)
        ELSE 1 = 1 END`

  return {
    async reserve(issuerId, count) {
      const [rows] = await database.commit([
        sql`UPDATE issuers SET next_slot = next_slot + ${count} WHERE id = ${idBytes(issuerId)} RETURNING next_slot`,
      ])
      const next = rows![0]!.next_slot as number
      const first = next - count
      // Opened after the slots are reserved and before any is used; opening a list again changes
      // nothing.
      if (volumeOf(first) !== volumeOf(next - 1) || first % listLength === 0)
        await database.commit(
          [volumeOf(first), volumeOf(next - 1)].flatMap((volume) => openVolume(issuerId, volume)),
        )
      return first
    },
    async list(id) {
      const [row] = await database.read<ListRow>(sql`${lists} WHERE l.id = ${idBytes(id)}`)
      return row && ownList(row)
    },
    async listsOf(issuerId, slot) {
      const query = sql`${lists}
        WHERE l.issuer_id = ${idBytes(issuerId)} AND l.volume = ${volumeOf(slot)} ORDER BY l.purpose = 'message', l.purpose`
      const rows = await database.read<ListRow>(query)
      const hasMessages = rows.some(({ status_messages }) => status_messages !== null)
      if (rows.length === statusPurposes.length + (hasMessages ? 1 : 0)) return rows.map(ownList)
      // A process that died between reserving slots and opening their lists left this to the next
      // one.
      await database.commit(openVolume(issuerId, volumeOf(slot)))
      return (await database.read<ListRow>(query)).map(ownList)
    },
    async setSlots({ issuerId, purpose, volume }) {
      const first = volume * listLength
      const rows = await database.read<{ slot: number }>(
        sql`SELECT DISTINCT slot FROM status_causes WHERE issuer_id = ${idBytes(issuerId)} AND purpose = ${purpose}
          AND slot >= ${first} AND slot < ${first + listLength}
        UNION SELECT ordered.slot FROM (${orderedSlots(
          issuerId,
          sql`o.purpose = ${purpose} AND c.slot >= ${first} AND c.slot < ${first + listLength}`,
        )}) AS ordered`,
      )
      return rows.map(({ slot }) => slot - first)
    },
    async causes(issuerId, purpose, slot) {
      return database.read<{ cause: StatusCauseName; since: number }>(
        sql`SELECT cause, since FROM status_causes
          WHERE issuer_id = ${idBytes(issuerId)} AND purpose = ${purpose} AND slot = ${slot}
          UNION SELECT ordered.cause, ordered.since FROM (${orderedSlots(
            issuerId,
            sql`o.purpose = ${purpose} AND c.slot = ${slot}`,
          )}) AS ordered ORDER BY since, cause`,
      )
    },
    async slots(issuerId, slots) {
      const found = new Map<number, { readonly set: StatusPurpose[]; message: number }>()
      for (const some of inParts([...new Set(slots)], 32)) {
        const rows = await database.read<{ slot: number; purpose: ListPurpose; cause: string }>(
          sql`SELECT slot, purpose, cause FROM status_causes WHERE issuer_id = ${idBytes(issuerId)}
            AND purpose IN ('revocation', 'suspension', 'message') AND slot IN (${some})
            UNION ALL SELECT ordered.slot, ordered.purpose, ordered.cause
              FROM (${orderedSlots(issuerId, sql`c.slot IN (${some})`)}) AS ordered`,
        )
        for (const { slot, purpose, cause } of rows) {
          const known = found.get(slot) ?? { set: [], message: 0 }
          if (purpose === 'message') known.message = Number(cause)
          else known.set.push(purpose)
          found.set(slot, known)
        }
      }
      return slots.map((slot) => found.get(slot) ?? { set: [], message: 0 })
    },
    async messages({ issuerId, volume }) {
      const first = volume * listLength
      const rows = await database.read<{ slot: number; cause: string }>(
        sql`SELECT slot, cause FROM status_causes WHERE issuer_id = ${idBytes(issuerId)} AND purpose = 'message'
          AND slot >= ${first} AND slot < ${first + listLength}`,
      )
      return rows.map(({ slot, cause }) => [slot - first, Number(cause)] as const)
    },
    setMessage: (issuerId, slot, value, at) => [
      // First, because it locks the list: concurrent changes of messages run one after the other.
      touch(issuerId, 'message', slot),
      sql`DELETE FROM status_causes
        WHERE issuer_id = ${idBytes(issuerId)} AND purpose = 'message' AND slot = ${slot}`,
      ...(value === 0
        ? []
        : [
            sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
              VALUES (${idBytes(issuerId)}, 'message', ${slot}, ${String(value)}, ${at})`,
          ]),
    ],
    async all() {
      return (
        await database.read<ListRow>(sql`${lists} ORDER BY l.issuer_id, l.volume, l.purpose`)
      ).map(ownList)
    },
    async unknownSlots({ issuerId, volume }, now) {
      const first = volume * listLength
      const rows = await database.read<{ slot: number }>(
        sql`SELECT slot FROM credentials WHERE issuer_id = ${idBytes(issuerId)}
          AND slot >= ${first} AND slot < ${first + listLength} AND valid_until <= ${now}`,
      )
      const over = new Set(rows.map(({ slot }) => slot - first))
      return Array.from({ length: listLength }, (_, slot) => slot).filter((slot) => !over.has(slot))
    },
    setAll({ issuerId, purpose, volume }, slots, cause, at) {
      const writes: Write[] = []
      // As many per statement as every engine has parameters for.
      for (let i = 0; i < slots.length; i += 64) {
        const rows = slots
          .slice(i, i + 64)
          .map((slot) => sql`(CAST(${volume * listLength + slot} AS BIGINT))`)
          .reduce((left, right) => sql`${left}, ${right}`)
        writes.push(
          sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
            SELECT CAST(${idBytes(issuerId)} AS BLOB), ${purpose}, given.column1, ${cause}, CAST(${at} AS BIGINT)
            FROM (VALUES ${rows}) AS given WHERE 1 = 1 ON CONFLICT DO NOTHING`,
        )
      }
      return writes
    },
    seal: () => [
      sql`UPDATE issuers SET next_slot = (next_slot / ${listLength} + 1) * ${listLength}`,
      sql`UPDATE status_lists SET version = version + 1`,
    ],
    addCause: (issuerId, purpose, slot, cause, at) => [
      sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
        VALUES (${idBytes(issuerId)}, ${purpose}, ${slot}, ${cause}, ${at}) ON CONFLICT DO NOTHING`,
      touch(issuerId, purpose, slot),
    ],
    removeSuspension: (issuerId, slot, cause) => [
      sql`DELETE FROM status_causes
        WHERE issuer_id = ${idBytes(issuerId)} AND purpose = 'suspension' AND slot = ${slot} AND cause = ${cause}`,
      touch(issuerId, 'suspension', slot),
    ],
    addCauseToAll: (of, purpose, cause, at) => [
      sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
        SELECT c.issuer_id, ${purpose}, c.slot, ${cause}, CAST(${at} AS BIGINT) FROM credentials c
        WHERE ${areFew(of, part)} AND ${ofCredentials(of)}
          AND (c.valid_until IS NULL OR c.valid_until > ${endOfRecord}) ON CONFLICT DO NOTHING`,
      ...(purpose === 'suspension' ? [dropOrders(of, 'lift', cause)] : []),
      placeOrder({ of, purpose, cause, at }, part, crypto),
      touchAll(of, purpose),
    ],
    removeSuspensionOfAll: (of, cause, at) => [
      dropOrders(of, 'suspension', cause),
      sql`DELETE FROM status_causes WHERE purpose = 'suspension' AND cause = ${cause} AND ${areFew(of, part)} AND EXISTS (
        SELECT 1 FROM credentials c WHERE ${ofCredentials(of)}
          AND c.issuer_id = status_causes.issuer_id AND c.slot = status_causes.slot)`,
      placeOrder({ of, purpose: 'lift', cause, at }, part, crypto),
      touchAll(of, 'suspension'),
    ],
    sweepOrders: () => sweepOrders(database, part),
  }
}
