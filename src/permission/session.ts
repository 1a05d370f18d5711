import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Authentic } from '../credential/credential.ts'
import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Milliseconds, Seconds } from '../foundation/time.ts'
import type { PresentedCredential } from '../presentation/presentation.ts'

/**
 * A presentation accepted once, to be relied on for a while. It ends no later than its credentials,
 * their status or their task: times are checked on every use, the rest at most a second before it.
 */
export interface Session {
  readonly id: Id
  /** Who opened it; only they may use it. */
  readonly actor: string
  readonly audience: Did
  readonly holder: Did
  /** Secured, as presented. */
  readonly credentials: readonly JsonObject[]
  readonly createdAt: Milliseconds
  readonly expiresAt: Milliseconds
  readonly endedAt: Milliseconds | null
}

/** A session with authenticated credentials: their signatures are not checked again. */
export interface RememberedSession {
  readonly session: Session
  readonly presented: readonly PresentedCredential[]
  readonly authentic: readonly Authentic<SecuredCredential>[]
}

export const sessionLifetime = { default: 900, max: 3600 } as const satisfies Record<
  string,
  Seconds
>

export interface SessionStore {
  find(id: Id): Promise<Session | undefined>
  add(session: Session): Write
  /** Ends a session. Nothing happens if it has ended. */
  end(id: Id, at: Milliseconds): Write
  endAll(at: Milliseconds): Write
  /** Sessions that an agent opened, and those in which it is the holder. */
  endAllOf(agent: { readonly id: Id; readonly did: Did | null }, at: Milliseconds): Write
  deleteExpired(mark: Milliseconds): Promise<void>
}
