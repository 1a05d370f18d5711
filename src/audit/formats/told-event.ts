import type { JsonObject } from '../../foundation/json.ts'

/** An event of the log, with its place. */
export interface ToldEvent {
  readonly sequence: number
  /** Null if erased. */
  readonly event: {
    readonly id: string
    /** RFC 3339. */
    readonly at: string
    readonly type: string
    readonly actor: string
    readonly facts: JsonObject
    readonly origin?: { readonly address: string | null; readonly request: string }
  } | null
}

/** From 1 (informational) to 5 (critical), as OCSF counts. */
export type Severity = 1 | 2 | 3 | 4 | 5

const severities: Readonly<Record<string, Severity>> = {
  'break-glass.used': 5,
  'segment.closed': 4,
  'segment.reopened': 4,
  'service.restored': 4,
  'approval.refused': 3,
  'issuer.rotated': 3,
  'agent.key-rotated': 3,
  'person.left': 2,
  'agent.suspended': 2,
  'credential.revoked': 2,
}

export function severityOf({ event }: ToldEvent): Severity {
  if (event?.type === 'decision.made') return event.facts.decision === 'deny' ? 2 : 1
  return severities[event?.type ?? ''] ?? 1
}
