import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** An offer to become answerable for an agent. It changes nothing until `to` accepts. */
export interface HandOver {
  readonly id: Id
  readonly agentId: Id
  /** The agent's owner when the offer was made. */
  readonly from: Id
  /** Who must accept: the new owner or, if the owner stays, the new deputy. */
  readonly to: Id
  /** The future owner. */
  readonly owner: Id
  /** The future deputy. */
  readonly deputy: Id | null
  /** As an actor. */
  readonly offeredBy: string
  readonly createdAt: Milliseconds
  readonly expiresAt: Milliseconds
}

/** Long enough for someone on leave for a few days; see docs/decisions/0023. */
export const handOverLifetime: Milliseconds = 7 * 86_400_000

export interface HandOverStore {
  /** The agent's offer, unless it has expired. */
  find(agentId: Id, now: Milliseconds): Promise<HandOver | undefined>
  /** Offers that have not expired; `person`: made to or by this person. */
  list(
    filter: { readonly person?: Id | undefined },
    page: PageRequest,
    now: Milliseconds,
  ): Promise<readonly HandOver[]>
  /** Replaces an earlier offer of this agent. */
  offer(handOver: HandOver): Write
  /**
   * Removes the offer. Fails the whole commit with `hand_over_open` if it is gone or was replaced.
   */
  settle(handOver: HandOver): readonly Write[]
  /** Removes the agent's offer, if any. */
  drop(agentId: Id): Write
  deleteExpired(mark: Milliseconds): Promise<void>
}

/**
 * In which capacity a person answered for an agent. A registrar registered it, and may have seen
 * its key.
 */
export type Capacity = 'owner' | 'deputy' | 'registrar'

/** A person who answers for an agent, or did. */
export interface Answering {
  readonly person: Id
  readonly capacity: Capacity
  readonly since: Milliseconds
  /** Null if still. */
  readonly until: Milliseconds | null
}

/**
 * How long a person who answered for an agent counts as too close to judge its requests: longer
 * than any approval stage waits, and than a monthly review takes. See docs/decisions/0023.
 */
export const closenessLasts: Milliseconds = 30 * 86_400_000
