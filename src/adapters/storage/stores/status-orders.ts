import {
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { type Id, idBytes, newRandomId } from '../../../foundation/id.ts'
import type { Milliseconds } from '../../../foundation/time.ts'
import type { CryptoProvider } from '../../../keys/signature.ts'
import type { CredentialsOf, StatusCauseName, StatusPurpose } from '../../../status/status-store.ts'
import { endOfRecord } from './end-of-record.ts'

/**
 * An order revokes or suspends more credentials than one commit takes. Everybody who reads a status
 * counts it from its commit on; the entries follow in parts, in the background. So the emergency
 * brake takes as long for a million permissions as for one.
 *
 * @see docs/decisions/0041-orders.md
 */
type OrderKind = 'agent' | 'below' | 'task' | 'segment'

/** The columns that say whose credentials an order concerns. */
function targetOf(of: CredentialsOf): {
  readonly kind: OrderKind
  readonly target: Uint8Array | null
  readonly segment: string | null
} {
  if ('agentId' in of) return { kind: 'agent', target: idBytes(of.agentId), segment: null }
  if ('boundTo' in of) return { kind: 'agent', target: idBytes(of.boundTo), segment: null }
  if ('taskId' in of) return { kind: 'task', target: idBytes(of.taskId), segment: null }
  if ('below' in of) return { kind: 'below', target: idBytes(of.below), segment: null }
  return { kind: 'segment', target: null, segment: of.segment }
}

/** Credentials `c` that an agent, a task or a segment's agents hold themselves. */
const held = ({ kind, target, segment }: ReturnType<typeof targetOf>): Statement => {
  switch (kind) {
    case 'agent':
    case 'below':
      return sql`c.agent_id = ${target}`
    case 'task':
      return sql`c.task_id = ${target}`
    case 'segment':
      return sql`c.agent_id IN (SELECT id FROM agents WHERE segment = ${segment})`
  }
}

/** Whether there are so few of them that one commit takes them all. */
export const areFew = (of: CredentialsOf, part: number): Statement =>
  'boundTo' in of
    ? sql`1 = 1`
    : sql`(SELECT COUNT(*) FROM (SELECT 1 FROM credentials c WHERE ${held(targetOf(of))} LIMIT ${part + 1}) AS few) <= ${part}`

/**
 * Whether the order `o` concerns the credential `c`. Delegations name their parent in `basis`; their
 * ids are chosen by others and may form a circle, which UNION leaves.
 */
const concerns = sql`CASE o.kind
  WHEN 'task' THEN c.task_id = o.target AND c.id <= o.last_id
  WHEN 'agent' THEN c.agent_id = o.target AND c.id <= o.last_id
  WHEN 'segment' THEN c.id <= o.last_id AND EXISTS (
    SELECT 1 FROM agents a WHERE a.id = c.agent_id AND a.segment = o.segment)
  ELSE EXISTS (
    WITH RECURSIVE up (id, agent_id, basis) AS (
      SELECT c.id, c.agent_id, c.basis
      UNION SELECT p.id, p.agent_id, p.basis FROM up JOIN credentials p
        ON p.credential_id = substr(up.basis, 12) WHERE up.basis LIKE 'delegation:%')
    SELECT 1 FROM up WHERE up.agent_id = o.target AND up.id <= o.last_id)
  END`

/** Whether an order of this purpose concerns the row of `credentials`, under the alias `c`. */
export const isOrdered = (purpose: string): Statement =>
  sql`EXISTS (SELECT 1 FROM status_orders o WHERE o.purpose = ${purpose} AND ${concerns})`

/** Slots, purposes, causes and times that orders add for credentials of an issuer. */
export const orderedSlots = (issuerId: Id, where: Statement): Statement =>
  sql`SELECT c.slot, o.purpose, o.cause, o.since FROM status_orders o CROSS JOIN credentials c
    WHERE o.purpose <> 'lift' AND c.issuer_id = ${idBytes(issuerId)} AND ${where} AND ${concerns}`

const sameTarget = (of: CredentialsOf, cause: StatusCauseName): Statement => {
  const { kind, target, segment } = targetOf(of)
  return sql`kind = ${kind} AND cause = ${cause}
    AND ${target === null ? sql`segment = ${segment}` : sql`target = ${target}`}`
}

/** Drops orders that a new one replaces. */
export const dropOrders = (
  of: CredentialsOf,
  purpose: 'suspension' | 'lift',
  cause: StatusCauseName,
): Write => sql`DELETE FROM status_orders WHERE purpose = ${purpose} AND ${sameTarget(of, cause)}`

export interface NewOrder {
  readonly of: CredentialsOf
  readonly purpose: StatusPurpose | 'lift'
  readonly cause: StatusCauseName
  readonly at: Milliseconds
}

/** Places an order, unless there are few. */
export function placeOrder(
  { of, purpose, cause, at }: NewOrder,
  part: number,
  crypto: Pick<CryptoProvider, 'randomBytes'>,
): Write {
  const to = targetOf(of)
  const newest =
    to.kind === 'segment'
      ? sql`(SELECT id FROM credentials ORDER BY id DESC LIMIT 1)`
      : sql`(SELECT c.id FROM credentials c WHERE ${held(to)} ORDER BY c.id DESC LIMIT 1)`
  return sql`INSERT INTO status_orders (id, purpose, cause, since, kind, target, segment, last_id)
    SELECT CAST(${idBytes(newRandomId(crypto.randomBytes))} AS BLOB), ${purpose}, ${cause}, CAST(${at} AS BIGINT),
      ${to.kind}, CAST(${to.target} AS BLOB), ${to.segment}, ${newest}
    WHERE NOT ${areFew(of, part)}`
}

interface OrderRow extends Row {
  readonly id: Uint8Array
  readonly purpose: StatusPurpose | 'lift'
  readonly cause: StatusCauseName
  readonly since: number
  readonly kind: OrderKind
  readonly target: Uint8Array | null
  readonly segment: string | null
  readonly last_id: Uint8Array
  readonly done_id: Uint8Array | null
}

/** Orders that are carried out side by side: one that fails keeps no other. */
const mostOrders = 16

/**
 * Carries out the next part of each of the oldest orders.
 *
 * @returns how many parts were carried out.
 * @throws the first error, once each order had its turn.
 */
export async function sweepOrders(database: Database, part: number): Promise<number> {
  const orders = await database.read<OrderRow>(
    sql`SELECT id, purpose, cause, since, kind, target, segment, last_id, done_id
      FROM status_orders ORDER BY since, id LIMIT ${mostOrders}`,
  )
  const failures: unknown[] = []
  for (const order of orders) {
    try {
      await sweepPart(database, order, part)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return orders.length
}

async function sweepPart(database: Database, order: OrderRow, part: number): Promise<void> {
  const range = sql`c.id <= ${order.last_id}
    AND ${order.done_id === null ? sql`1 = 1` : sql`c.id > ${order.done_id}`}`
  // Segments have no index of their own, so a part is bounded by what it looks at.
  const looked = order.kind === 'segment' ? range : sql`${held(order)} AND ${range}`
  const [end] = await database.read<{ id: Uint8Array }>(
    sql`SELECT c.id FROM credentials c WHERE ${looked} ORDER BY c.id LIMIT 1 OFFSET ${part - 1}`,
  )
  const until = end?.id ?? order.last_id
  const inPart = sql`${held(order)} AND ${range} AND c.id <= ${until}`
  await database.commit([
    // First, because it locks the order: whoever drops it waits for this part, or this part finds it
    // dropped and writes nothing.
    sql`UPDATE status_orders SET done_id = ${until} WHERE id = ${order.id}`,
    order.purpose === 'lift' ? lift(order, inPart) : carryOut(order, inPart),
    ...(end ? [] : [sql`DELETE FROM status_orders WHERE id = ${order.id}`]),
  ])
}

/** Entries of a part. An order that was dropped in the meantime adds none. */
function carryOut({ id, purpose, cause, since, kind }: OrderRow, inPart: Statement): Write {
  const concerned =
    kind === 'below'
      ? sql`c.id IN (WITH RECURSIVE below (id, credential_id) AS (
          SELECT c.id, c.credential_id FROM credentials c WHERE ${inPart}
          UNION SELECT n.id, n.credential_id FROM below b JOIN credentials n
            ON n.basis = 'delegation:' || b.credential_id AND n.basis LIKE 'delegation:%')
          SELECT id FROM below)`
      : inPart
  return sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
    SELECT c.issuer_id, ${purpose}, c.slot, ${cause}, CAST(${since} AS BIGINT) FROM credentials c
    WHERE ${concerned} AND (c.valid_until IS NULL OR c.valid_until > ${endOfRecord})
      AND EXISTS (SELECT 1 FROM status_orders o WHERE o.id = ${id}) ON CONFLICT DO NOTHING`
}

function lift({ id, cause }: OrderRow, inPart: Statement): Write {
  return sql`DELETE FROM status_causes WHERE purpose = 'suspension' AND cause = ${cause}
    AND EXISTS (SELECT 1 FROM status_orders o WHERE o.id = ${id})
    AND (issuer_id, slot) IN (SELECT c.issuer_id, c.slot FROM credentials c WHERE ${inPart})`
}
