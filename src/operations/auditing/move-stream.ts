import type { Deps } from '../../deps.ts'
import type { Change } from '../common/change.ts'

/** How far a collector outside the service, such as a SIEM, has taken the log. */
export interface AuditStream {
  readonly name: string
  /** Sequence of the first event that the collector has not taken. */
  readonly next: number
}

/** Names of streams and of the service's own subscribers do not meet. */
const cursorOf = (name: string): string => `stream:${name}`

/** A stream that nobody has moved yet begins with the first event. */
export async function readStream(
  { cursors }: Pick<Deps, 'cursors'>,
  name: string,
): Promise<AuditStream> {
  return { name, next: await cursors.position(cursorOf(name)) }
}

/**
 * Moves the position of a stream once its collector has taken the events before it. No audit event
 * records this: it would be one more event to take.
 *
 * @param from the position that the caller read: of two processes that follow the same stream, one
 *   moves it.
 */
export function moveStream(
  { cursors }: Pick<Deps, 'cursors'>,
  name: string,
  { from, next }: { readonly from: number; readonly next: number },
): Change<AuditStream> {
  return {
    writes: cursors.advance(cursorOf(name), from, next),
    events: [],
    answer: { name, next },
  }
}
