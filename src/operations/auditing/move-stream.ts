import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Change } from '../common/change.ts'

/** How far a collector outside the service, such as a SIEM, has taken the log. */
export interface AuditStream {
  readonly name: string
  /** Sequence of the first event that the collector has not taken. */
  readonly next: number
}

/**
 * Each caller has its own streams, so that nobody makes another's collector miss events. Names of
 * streams and of the service's own subscribers do not meet.
 */
const prefixOf = ({ actor }: Caller): string => `stream:${actor}:`
const cursorOf = (caller: Caller, name: string): string => `${prefixOf(caller)}${name}`

/** How many streams a caller may have. */
const most = 16

/** A stream that the caller has not moved yet begins with the first event. */
export async function readStream(
  { cursors }: Pick<Deps, 'cursors'>,
  caller: Caller,
  name: string,
): Promise<AuditStream> {
  return { name, next: await cursors.position(cursorOf(caller, name)) }
}

/**
 * Moves the position of a stream once its collector has taken the events before it. No audit event
 * records this: it would be one more event to take.
 *
 * @param from the position that the caller read: of two processes that follow the same stream, one
 *   moves it.
 * @throws ServiceError `not_found` for a position past the end of the log: the collector would miss
 *   the events until then; `too_many` for a new stream beyond those that a caller may have.
 */
export async function moveStream(
  { audit, cursors }: Pick<Deps, 'audit' | 'cursors'>,
  caller: Caller,
  name: string,
  { from, next }: { readonly from: number; readonly next: number },
): Promise<Change<AuditStream>> {
  const size = (await audit.latest())?.frontier.size ?? 0
  if (next > size)
    throw new ServiceError(
      'not_found',
      `the log has ${size} events, so a stream cannot be at ${next}`,
    )
  const cursor = cursorOf(caller, name)
  return {
    writes: [
      cursors.mustHaveRoom(cursor, prefixOf(caller), most),
      ...cursors.advance(cursor, from, next),
    ],
    events: [],
    answer: { name, next },
  }
}

/** Forgets a stream. Who moves one of this name again begins with the first event. */
export const deleteStream = (
  { cursors }: Pick<Deps, 'cursors'>,
  caller: Caller,
  name: string,
): Change<AuditStream> => ({
  writes: [cursors.remove(cursorOf(caller, name))],
  events: [],
  answer: { name, next: 0 },
})
