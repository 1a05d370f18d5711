import type { Deps } from '../../deps.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import { type Change, RecordedError } from './change.ts'

/** How an operation says what it would do. It may throw, and then does nothing. */
export type Propose<A> = () => MaybePromise<Change<A>>

/**
 * Carries out a change: its writes and the events that tell of it in one commit, or nothing. There is
 * no other way for an operation to write.
 *
 * @param keep writes of its own for the answer, such as for whoever repeats the request.
 * @throws ServiceError by the table in preconditions.ts if a precondition fails and the change has
 *   nothing to do instead.
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
 * Shows whether something could be written, by writing nothing.
 *
 * @throws ServiceError `storage_unreachable`
 */
export const checkWritable = ({ commit }: Pick<Deps, 'commit'>): Promise<void> => commit([], [])
