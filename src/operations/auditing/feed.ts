import type { EventFacts, EventType } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { ConstraintViolation, type Write } from '../../foundation/database.ts'
import type { Milliseconds } from '../../foundation/time.ts'

/** An event as the log holds it. */
export interface LoggedEvent<T extends EventType> {
  readonly sequence: number
  readonly at: Milliseconds
  readonly actor: string
  readonly facts: EventFacts[T]
}

/** Follows the log, event by event. */
export interface Subscriber<T extends EventType, N> {
  /** Name of its cursor. */
  readonly name: string
  readonly type: T
  /**
   * Takes events in order, without those whose content is erased. The returned writes are committed
   * together with the move of the cursor, so each event changes storage once. Other effects, such
   * as an alarm, happen at least once: after a failure they may be repeated.
   */
  readonly take: (needs: N, events: readonly LoggedEvent<T>[]) => Promise<readonly Write[]>
}

export type FeedNeeds = Pick<Deps, 'audit' | 'cursors'> & {
  /** Commits writes that no audit event records, such as moving a cursor. */
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

const batch = 1_000

/**
 * Hands a subscriber the next events of the log.
 *
 * @returns how many events it took; 0 if there are none, or another node was faster.
 */
export async function feed<T extends EventType, N extends FeedNeeds>(
  needs: N,
  { name, type, take }: Subscriber<T, N>,
): Promise<number> {
  const from = await needs.cursors.position(name)
  const found = await needs.audit.list({ type }, from, batch)
  const last = found.at(-1)
  if (!last) return 0
  const events = found.flatMap(({ sequence, content }) =>
    content ? [read<T>(sequence, content.body)] : [],
  )
  const writes = await take(needs, events)
  try {
    await needs.commitUnrecorded([
      ...needs.cursors.advance(name, from, last.sequence + 1),
      ...writes,
    ])
  } catch (error) {
    if (error instanceof ConstraintViolation) return 0
    throw error
  }
  return found.length
}

function read<T extends EventType>(sequence: number, body: string): LoggedEvent<T> {
  const { at, actor, facts } = JSON.parse(body) as {
    readonly at: string
    readonly actor: string
    readonly facts: EventFacts[T]
  }
  return { sequence, at: Date.parse(at), actor, facts }
}
