import type { Deps } from '../../deps.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import { type Change, RecordedError } from './change.ts'

/** Proposes a change. If it throws, nothing changes; only events that a RecordedError has are logged. */
export type Propose<A> = () => MaybePromise<Change<A>>

/**
 * Carries out a change: commits its writes and audit events together, or nothing. Operations have
 * no other way to write.
 *
 * @param keep further writes for the answer, such as keeping it for a repeated request.
 * @throws ServiceError by the table in constraint-errors.ts if a precondition fails and the change
 *   has no alternative.
 */
export async function carryOut<A>(
  { commit }: Pick<Deps, 'commit'>,
  propose: Propose<A>,
  keep?: (answer: A) => readonly Write[],
): Promise<A> {
  let next: MaybePromise<Change<A>>
  try {
    next = propose()
    for (;;) {
      const change: Change<A> = await next
      const { events, answer, secret, otherwise } = change
      const writes = keep ? [...keep(answer), ...change.writes] : change.writes
      try {
        if (writes.length > 0 || events.length > 0) await commit(writes, events)
        return secret ? { ...answer, ...secret } : answer
      } catch (failure) {
        const instead = failure instanceof ServiceError ? otherwise?.(failure) : undefined
        if (instead === undefined) throw failure
        next = instead
      }
    }
  } catch (error) {
    if (error instanceof RecordedError) await commit([], error.events)
    throw error
  }
}

/**
 * Checks that the database accepts writes, by committing nothing.
 *
 * @throws ServiceError `storage_unreachable`
 */
export const checkWritable = ({ commit }: Pick<Deps, 'commit'>): Promise<void> => commit([], [])
