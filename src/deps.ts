import type { AuditCapabilities } from './audit/capabilities.ts'
import type { AuditEvent } from './audit/event.ts'
import type { CredentialCapabilities } from './credential/capabilities.ts'
import type { DidCapabilities } from './did/capabilities.ts'
import type { Did } from './did/syntax.ts'
import type { DirectoryCapabilities } from './directory/capabilities.ts'
import type { Write } from './foundation/database.ts'
import type { GuardedFetch } from './foundation/guarded-fetch.ts'
import type { Invalidation } from './foundation/invalidation.ts'
import type { Memory } from './foundation/memory.ts'
import type { Clock, MonotonicClock } from './foundation/time.ts'
import type { GovernanceCapabilities } from './governance/capabilities.ts'
import type { CryptoProvider } from './keys/signature.ts'
import type { PermissionCapabilities } from './permission/capabilities.ts'
import type { PresentationCapabilities } from './presentation/capabilities.ts'
import type { Compression } from './status/bit-string.ts'
import type { StatusCapabilities } from './status/capabilities.ts'

/** Every capability that an operation may ask for. */
export interface Deps
  extends DidCapabilities,
    CredentialCapabilities,
    StatusCapabilities,
    PresentationCapabilities,
    PermissionCapabilities,
    DirectoryCapabilities,
    GovernanceCapabilities,
    AuditCapabilities {
  readonly clock: Clock
  /** For durations: cache lifetimes, and the age of results. */
  readonly monotonic: MonotonicClock
  readonly memory: Memory
  readonly crypto: CryptoProvider
  readonly compression: Compression
  readonly fetch: GuardedFetch
  /**
   * Commits writes together with the audit events that tell of them, or nothing. Operations do not
   * call it: they return a change, which operations/common/carry-out.ts commits.
   *
   * @throws ServiceError by the table in composition/constraint-errors.ts if a precondition fails.
   */
  readonly commit: (writes: readonly Write[], events: readonly AuditEvent[]) => Promise<void>
  readonly invalidation: Invalidation
  readonly settings: Settings
}

export interface Settings {
  /** Without trailing slash. */
  readonly publicUrl: string
  /** did:web of the public URL. DIDs of this service are this one, or begin with it and a colon. */
  readonly ownDid: Did
  /** Name of the audit log: the host of the public URL. */
  readonly auditOrigin: string
  /**
   * MAC keys of challenges, derived from the master keys: the first makes them, any of them
   * verifies them.
   */
  readonly challengeKeys: readonly [Uint8Array, ...Uint8Array[]]
  /** Name of the issuer that is used if none is named. */
  readonly defaultIssuer: string
  /** Days for which the content of events is kept; 0: forever. */
  readonly auditDays: number
  /** Days without use after which an agent is suspended, and then retired; 0: never. */
  readonly unusedDays: { readonly suspendAfter: number; readonly retireAfter: number }
}
