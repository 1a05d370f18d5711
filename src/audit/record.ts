import { canonicalize } from '../canonical.ts'
import { concatBytes, utf8 } from '../encoding.ts'
import { type Id, newId } from '../id.ts'
import type { JsonObject } from '../json.ts'
import type { Crypto } from '../keys/signature.ts'
import { type Clock, formatTime, type Milliseconds } from '../time.ts'
import type { AuditEvent } from './event.ts'

/** An event as it is kept. */
export interface AuditRecord {
  readonly id: Id
  readonly at: Milliseconds
  readonly event: AuditEvent
  /** JCS form of the event with its id and time: what the log commits to. */
  readonly body: string
  /** 16 random bytes: without them nobody can guess what a commitment stands for. */
  readonly salt: Uint8Array
}

export function makeRecord(
  event: AuditEvent,
  clock: Clock,
  crypto: Pick<Crypto, 'randomBytes'>,
): AuditRecord {
  const at = clock()
  const id = newId(at, crypto.randomBytes)
  const body = canonicalize({ ...(event as unknown as JsonObject), id, at: formatTime(at) })
  return { id, at, event, body, salt: crypto.randomBytes(16) }
}

/** What stands in the log for an event: SHA-256 of salt and body. It outlives both when they are erased. */
export const commitmentTo = (salt: Uint8Array, body: string, crypto: Pick<Crypto, 'sha256'>) =>
  crypto.sha256(concatBytes(salt, utf8(body)))
