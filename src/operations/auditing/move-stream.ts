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
const cursorOf = ({ actor }: Caller, name: string): string => `stream:${actor}:${name}`

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
 *   the events until then.
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
  return {
    writes: cursors.advance(cursorOf(caller, name), from, next),
    events: [],
    answer: { name, next },
  }
}
