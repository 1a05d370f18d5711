import type { BoundedCache } from '../foundation/cache.ts'
import type { PreparedLookUp } from './entry-reservation.ts'
import type { LocalRules } from './local-rules.ts'
import type { MeterStore } from './meter.ts'
import type { OverlayStore } from './overlay.ts'
import type { PolicyEngine, PolicyStore } from './policy.ts'
import type { RememberedSession, SessionStore } from './session.ts'

/** What decisions rest on besides credentials. */
export interface PermissionCapabilities {
  readonly meters: MeterStore
  readonly overlays: OverlayStore
  readonly policies: PolicyStore
  readonly policyEngine: PolicyEngine
  /** `forget` is called after overlays or policies have changed. */
  readonly rules: LocalRules & { forget(): void }
  readonly sessions: SessionStore
  readonly rememberedSessions: BoundedCache<RememberedSession>
  readonly preparedDelegation: PreparedLookUp
}
