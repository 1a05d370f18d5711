import { canonicalize } from '../foundation/canonical.ts'
import { concatBytes, utf8 } from '../foundation/encoding.ts'
import { type Id, maxOrdinal, newId } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import { type Clock, formatTime, type Milliseconds } from '../foundation/time.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { AuditEvent } from './event.ts'

/** Where a request came from, and how its sender authenticated. */
export interface Origin {
  readonly address: string | null
  readonly request: Id
  /**
   * `api-key:` and its id, or the verification method that signed. Null for unauthenticated
   * requests.
   */
  readonly authority: string | null
}

/** Tracks the request that events belong to. */
export interface Origins {
  run<T>(origin: Origin, work: () => T): T
  current(): Origin | undefined
}

/** In bytes. */
export const saltLength = 16

/** An event as stored. */
export interface AuditRecord {
  readonly id: Id
  readonly at: Milliseconds
  readonly event: AuditEvent
  /** JCS form of the event with its id and time: the log commits to it. */
  readonly body: string
  /** 16 random bytes: without them nobody can guess the content of a commitment. */
  readonly salt: Uint8Array
}

/**
 * Creates records whose ids rise with every event of this process, even within a millisecond, so
 * that the log keeps their order.
 */
export function makeRecorder(
  clock: Clock,
  crypto: Pick<CryptoProvider, 'randomBytes'>,
  origins?: Pick<Origins, 'current'>,
): (event: AuditEvent) => AuditRecord {
  let last = 0
  let ordinal = 0
  return (event) => {
    const at = clock()
    ordinal = at > last ? 0 : ordinal + 1
    // If the clock jumps back, or a millisecond has too many events, ids borrow from the next one.
    last = Math.max(at, ordinal > maxOrdinal ? last + 1 : last)
    if (ordinal > maxOrdinal) ordinal = 0
    const id = newId(last, crypto.randomBytes, ordinal)
    const origin = origins?.current()
    const body = canonicalize({
      actor: event.actor,
      at: formatTime(at),
      facts: event.facts as JsonObject,
      id,
      ...(origin ? { origin: { ...origin } } : {}),
      type: event.type,
    })
    return { id, at, event, body, salt: crypto.randomBytes(saltLength) }
  }
}

/** What the log holds for an event: SHA-256 of salt and body. It remains when both are erased. */
export const commitmentTo = (
  salt: Uint8Array,
  body: string,
  crypto: Pick<CryptoProvider, 'sha256'>,
) => crypto.sha256(concatBytes(salt, utf8(body)))
