import type { Signer } from '../keys/signature.ts'
import type { AuditStore } from './audit-store.ts'
import type { CursorStore } from './cursor-store.ts'
import type { Origins } from './record.ts'

/** The audit log. */
export interface AuditCapabilities {
  readonly audit: AuditStore
  readonly cursors: CursorStore
  /** Signs checkpoints of the audit log. */
  readonly auditSigner: () => Promise<Signer>
  readonly origins: Origins
}
