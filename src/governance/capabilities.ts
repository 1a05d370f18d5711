import type { MaybePromise } from '../foundation/maybe-promise.ts'
import type { AccessRequestStore, CeilingStore } from './access-request.ts'
import type { DocumentKind, DocumentStore, InForce } from './document.ts'
import type { ReviewStore } from './review.ts'
import type { ClosureStore, SegmentMap } from './segment.ts'
import type { DutyStore } from './separation-rule.ts'
import type { UsageStore } from './usage.ts'

/** Governance documents, and what is decided by them. */
export interface GovernanceCapabilities {
  readonly documents: DocumentStore
  /** Documents in force, read once a second. `forget` is called after one has changed. */
  readonly governance: {
    inForce<K extends DocumentKind>(kind: K): MaybePromise<readonly InForce<K>[]>
    segments(): MaybePromise<SegmentMap>
    forget(): void
  }
  readonly accessRequests: AccessRequestStore
  readonly ceilings: CeilingStore
  readonly duties: DutyStore
  readonly reviews: ReviewStore
  readonly closures: ClosureStore
  readonly usage: UsageStore
}
