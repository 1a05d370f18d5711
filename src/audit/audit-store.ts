import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { EventType } from './event.ts'
import type { Frontier } from './merkle.ts'
import type { HashSource } from './proof.ts'
import type { AuditRecord } from './record.ts'

export interface UnsequencedEvent {
  readonly id: Id
  readonly body: string
  readonly salt: Uint8Array
}

export interface SequencedEvent {
  readonly sequence: number
  readonly commitment: Uint8Array
  /** Absent if erased. */
  readonly content?: { readonly salt: Uint8Array; readonly body: string }
}

export interface AuditFilter {
  readonly type?: EventType | undefined
  readonly actor?: string | undefined
  readonly agent?: Id | undefined
  readonly credential?: Id | undefined
  readonly task?: Id | undefined
}

export interface StoredCheckpoint {
  readonly frontier: Frontier
  /** The signed note. */
  readonly note: string
  readonly at: Milliseconds
}

export interface AuditStore extends HashSource {
  add(record: AuditRecord): Write
  unsequenced(limit: number): Promise<readonly UnsequencedEvent[]>
  latest(): Promise<StoredCheckpoint | undefined>
  checkpointAt(size: number): Promise<StoredCheckpoint | undefined>
  /**
   * Gives events their places in the log, together with the checkpoint that covers them. Fails the
   * whole commit with `audit_head` if the log has grown past `previousSize`.
   */
  sequence(
    events: readonly { readonly id: Id; readonly commitment: Uint8Array }[],
    previousSize: number,
    checkpoint: StoredCheckpoint,
  ): readonly Write[]
  /** Events from a place in the log on, in order. */
  list(filter: AuditFilter, from: number, limit: number): Promise<readonly SequencedEvent[]>
  /** The event of a decision, once it has its place. */
  decision(id: Id): Promise<SequencedEvent | undefined>
  nodeCount(level: number): Promise<number>
  addNode(level: number, position: number, hash: Uint8Array): Write
  /**
   * Of the events in a part of the log, those with content that a person caused, or that contain the
   * person's id somewhere.
   */
  containing(person: Id, from: number, to: number): Promise<readonly SequencedEvent[]>
  /** Erases content and salt of these events. */
  erase(sequences: readonly number[]): readonly Write[]
  /** The content of all events before this moment has been erased. */
  erasedUntil(): Promise<Milliseconds>
  /** Erases content and salt of all events from one moment up to another. */
  eraseBetween(from: Milliseconds, to: Milliseconds): readonly Write[]
}
