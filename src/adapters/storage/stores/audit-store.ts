import type {
  AuditStore,
  SequencedEvent,
  StoredCheckpoint,
  UnsequencedEvent,
} from '../../../audit/audit-store.ts'
import {
  allOf,
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { concatBytes } from '../../../foundation/encoding.ts'
import { firstIdOf, type Id, idBytes, idText, isId } from '../../../foundation/id.ts'
import { inParts } from './in-parts.ts'

interface CheckpointRow extends Row {
  readonly size: number
  readonly roots: Uint8Array
  readonly note: string
  readonly at: number
}

const checkpoint = ({ size, roots, note, at }: CheckpointRow): StoredCheckpoint => ({
  frontier: {
    size,
    roots: Array.from({ length: roots.length / 32 }, (_, i) => roots.slice(32 * i, 32 * i + 32)),
  },
  note,
  at,
})

interface EventRow extends Row {
  readonly id: Uint8Array
  readonly sequence: number
  readonly commitment: Uint8Array
  readonly salt: Uint8Array
  readonly body: string
}

/** An id by which an event is found. A fact may be a text that is none, such as a foreign credential's. */
const idOf = (facts: object, name: 'agent' | 'credential' | 'task' | 'id'): Uint8Array | null => {
  const id = (facts as Record<string, unknown>)[name]
  return isId(id) ? idBytes(id) : null
}

const sequenced = ({ sequence, commitment, salt, body }: EventRow): SequencedEvent => ({
  sequence,
  commitment,
  ...(body === '' ? {} : { content: { salt, body } }),
})

const retention = 'retention'

/** Three parameters per event: D1 accepts a hundred per statement. */
const chunkLength = 32

function chunks<T>(
  items: readonly T[],
): { readonly first: number; readonly chunk: readonly T[] }[] {
  return Array.from({ length: Math.ceil(items.length / chunkLength) }, (_, i) => ({
    first: i * chunkLength,
    chunk: items.slice(i * chunkLength, (i + 1) * chunkLength),
  }))
}

/** Writes the places of many events in one statement. */
function place(
  events: readonly {
    readonly id: Id
    readonly commitment: Uint8Array
    readonly sequence: number
  }[],
): Write {
  const rows = events
    .map(
      ({ id, commitment, sequence }) =>
        sql`(CAST(${sequence} AS BIGINT), CAST(${commitment} AS BLOB), CAST(${idBytes(id)} AS BLOB))`,
    )
    .reduce((left, right) => sql`${left}, ${right}`)
  return sql`UPDATE audit_events SET sequence = placed.column1, commitment = placed.column2
    FROM (VALUES ${rows}) AS placed WHERE audit_events.id = placed.column3`
}

export function makeAuditStore(database: Database): AuditStore {
  const oneCheckpoint = async (rest: Statement) => {
    const [row] = await database.read<CheckpointRow>(sql`SELECT * FROM audit_checkpoints ${rest}`)
    return row && checkpoint(row)
  }
  return {
    add: ({ id, at, event, body, salt }) =>
      sql`INSERT INTO audit_events (id, at, type, actor, agent_id, credential_id, task_id, decision_id, body, salt)
        VALUES (${idBytes(id)}, ${at}, ${event.type}, ${event.actor}, ${idOf(event.facts, 'agent')},
          ${idOf(event.facts, 'credential')}, ${idOf(event.facts, 'task')}, ${idOf(event.facts, 'id')}, ${body}, ${salt})`,
    async unsequenced(limit) {
      const rows = await database.read<EventRow>(
        sql`SELECT id, body, salt FROM audit_events WHERE sequence IS NULL ORDER BY id LIMIT ${limit}`,
      )
      return rows.map(({ id, body, salt }): UnsequencedEvent => ({ id: idText(id), body, salt }))
    },
    latest: () => oneCheckpoint(sql`ORDER BY size DESC LIMIT 1`),
    checkpointAt: (size) => oneCheckpoint(sql`WHERE size = ${size}`),
    sequence: (events, previousSize, { frontier, note, at }) => [
      ...chunks(events).map(({ first, chunk }) =>
        place(chunk.map((event, i) => ({ ...event, sequence: previousSize + first + i }))),
      ),
      // After the events: a concurrent sequencer waits there, and sees the new head here.
      sql`INSERT INTO guards (audit_head) SELECT 0
        WHERE ${previousSize} <> COALESCE((SELECT MAX(size) FROM audit_checkpoints), 0)`,
      sql`INSERT INTO audit_checkpoints (size, roots, note, at)
        VALUES (${frontier.size}, ${concatBytes(...frontier.roots)}, ${note}, ${at})`,
    ],
    async list({ type, actor, agent, credential, task }, from, limit) {
      const where = allOf([
        sql`sequence >= ${from}`,
        type && sql`type = ${type}`,
        actor === undefined ? undefined : sql`actor = ${actor}`,
        agent && sql`agent_id = ${idBytes(agent)}`,
        credential && sql`credential_id = ${idBytes(credential)}`,
        task && sql`task_id = ${idBytes(task)}`,
      ])
      const rows = await database.read<EventRow>(
        sql`SELECT sequence, commitment, salt, body FROM audit_events WHERE ${where} ORDER BY sequence LIMIT ${limit}`,
      )
      return rows.map(sequenced)
    },
    async decision(id) {
      const [row] = await database.read<EventRow>(
        sql`SELECT sequence, commitment, salt, body FROM audit_events
          WHERE decision_id = ${idBytes(id)} AND sequence IS NOT NULL`,
      )
      return row && sequenced(row)
    },
    async leaves(start, end) {
      const rows = await database.read<EventRow>(
        sql`SELECT commitment FROM audit_events WHERE sequence >= ${start} AND sequence < ${end} ORDER BY sequence`,
      )
      return rows.map(({ commitment }) => commitment)
    },
    async nodes(level, first, count) {
      const rows = await database.read<{ hash: Uint8Array }>(
        sql`SELECT hash FROM audit_nodes WHERE level = ${level} AND position >= ${first}
          AND position < ${first + count} ORDER BY position`,
      )
      return rows.map(({ hash }) => hash)
    },
    async nodeCount(level) {
      const [row] = await database.read<{ count: number }>(
        sql`SELECT COALESCE(MAX(position) + 1, 0) AS count FROM audit_nodes WHERE level = ${level}`,
      )
      return row!.count
    },
    addNode: (level, position, hash) =>
      sql`INSERT INTO audit_nodes (level, position, hash) VALUES (${level}, ${position}, ${hash})
        ON CONFLICT DO NOTHING`,
    async containing(person, from, to) {
      const rows = await database.read<EventRow>(
        sql`SELECT sequence, commitment, salt, body FROM audit_events
          WHERE sequence >= ${from} AND sequence < ${to} AND body <> ''
            AND (actor = ${`person:${person}`} OR body LIKE ${`%${person}%`}) ORDER BY sequence`,
      )
      return rows.map(sequenced)
    },
    erase: (sequences) =>
      inParts(sequences).map(
        (some) =>
          sql`UPDATE audit_events SET body = '', salt = ${new Uint8Array()} WHERE sequence IN (${some})`,
      ),
    async erasedUntil() {
      const [row] = await database.read<{ position: number }>(
        sql`SELECT position FROM cursors WHERE name = ${retention}`,
      )
      return row?.position ?? 0
    },
    eraseBetween: (from, to) => [
      sql`UPDATE audit_events SET body = '', salt = ${new Uint8Array()}
        WHERE id >= ${idBytes(firstIdOf(from))} AND id < ${idBytes(firstIdOf(to))} AND sequence IS NOT NULL`,
      sql`INSERT INTO cursors (name, position) VALUES (${retention}, ${to})
        ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
    ],
  }
}
