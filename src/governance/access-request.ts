import type { Did } from '../did/syntax.ts'
import { canonicalize } from '../foundation/canonical.ts'
import type { Write } from '../foundation/database.ts'
import { toHex, utf8 } from '../foundation/encoding.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds, Seconds } from '../foundation/time.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { RequestKind, Stage } from './approval-rule.ts'

/** Every state but `open` is for good. */
export const requestStates = ['open', 'granted', 'refused', 'expired', 'withdrawn'] as const
export type RequestState = (typeof requestStates)[number]

/** What was asked for: what approvers see, and what their approval is bound to. */
export interface AccessTerms {
  readonly audience: readonly Did[]
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds: Seconds
}

/** A permission that somebody asked for. */
export interface AccessRequest {
  readonly id: Id
  readonly kind: RequestKind
  readonly agentId: Id
  readonly taskId: Id
  /** Who asked, as an actor; and the person, if it was one. */
  readonly requester: string
  readonly requesterPerson: Id | null
  /** The entitlement that it is within, as `name@version`. */
  readonly entitlement: string | null
  readonly reason: string
  readonly terms: AccessTerms
  /** See `approvalDigest`. */
  readonly digest: string
  /** The rules that spoke, as `name@version`. */
  readonly rules: readonly string[]
  /** As the rules had them when it was asked. */
  readonly stages: readonly Stage[]
  /** Place in `stages`. */
  readonly stage: number
  readonly stageEndsAt: Milliseconds | null
  /** Whether the stage is in its escalation. */
  readonly escalated: boolean
  readonly state: RequestState
  /** Why it was refused. */
  readonly because: string | null
  /** Raised by every change: two who change it at the same moment do not both. */
  readonly revision: number
  /** How often whoever asked has edited it: a vote says how many edits it saw. */
  readonly edits: number
  readonly createdAt: Milliseconds
  readonly decidedAt: Milliseconds | null
  readonly credentialId: Id | null
  /** What was found afterwards, of an elevation or break-glass. */
  readonly finding: (typeof findings)[number] | null
  readonly reviewedBy: Id | null
  readonly reviewedAt: Milliseconds | null
}

export const findings = ['justified', 'unjustified'] as const

export interface Approval {
  readonly requestId: Id
  readonly digest: string
  readonly stage: number
  readonly personId: Id
  /** The approver whose delegate this person is. */
  readonly inPlaceOf: Id | null
  readonly comment: string | null
  readonly at: Milliseconds
}

export const elevationLifetime: Readonly<Record<RequestKind, Seconds>> = {
  permission: 86_400,
  elevation: 4 * 3600,
  'break-glass': 3600,
}

/** What an approval is bound to: a change of any of it voids the approval. */
export interface ApprovalSubject {
  readonly issuer: Did
  readonly subject: Did
  readonly principal: JsonObject
  readonly audience: readonly Did[]
  readonly task: JsonObject
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds: Seconds
  /** RFC 3339: the permission ends then at the latest, whenever it is issued. */
  readonly notAfter: string
}

/**
 * `sha-256:` and 64 hexadecimal digits, over the JCS form.
 *
 * @see permission-model.md, 5
 */
export async function approvalDigest(
  { delegation, ...rest }: ApprovalSubject,
  { sha256 }: Pick<CryptoProvider, 'sha256'>,
): Promise<string> {
  const json = { ...rest, ...(delegation === undefined ? {} : { delegation }) }
  return `sha-256:${toHex(await sha256(utf8(canonicalize(json as unknown as JsonObject))))}`
}

export interface AccessRequestFilter {
  readonly state?: RequestState | undefined
  readonly agentId?: Id | undefined
  /** Granted beyond what entitlements give, and not looked at since. */
  readonly unreviewed?: boolean | undefined
}

export interface AccessRequestStore {
  find(id: Id): Promise<AccessRequest | undefined>
  list(filter: AccessRequestFilter, page: PageRequest): Promise<readonly AccessRequest[]>
  /** Open, and their stage is over. */
  overdue(now: Milliseconds, limit: number): Promise<readonly AccessRequest[]>
  add(request: AccessRequest): Write
  /**
   * Writes the request as it is to be, its revision raised by one. Fails the whole commit with
   * `request_revision` if it has another revision than it was read with.
   */
  revise(request: AccessRequest): readonly Write[]
  /** Those for this digest: an edited request begins without any. */
  approvals(id: Id, digest: string): Promise<readonly Approval[]>
  /** Fails the whole commit with `approvals_request_id_digest_person_id` if this person approved before. */
  approve(approval: Approval): Write
  /** Nobody has approved what is asked from now on, whatever it is. */
  resetApprovals(id: Id): Write
  /** Takes away what a person wrote: the reasons of their requests, the comments of their approvals. */
  eraseTexts(person: Id): readonly Write[]
}

export interface CeilingStore {
  /** Those who have any. */
  agents(): Promise<ReadonlySet<Id>>
  of(agentId: Id): Promise<readonly CeilingRecord[]>
  /** Fails the whole commit with `rules_known` unless the agent has just these ceilings. */
  mustBe(agentId: Id, ceilings: readonly CeilingRecord[]): Write
  set(ceiling: CeilingRecord): Write
}

export interface CeilingRecord {
  readonly agentId: Id
  readonly entitlement: string
  readonly grants: JsonArray
  /** What set it, as `review:<id>`. */
  readonly source: string
  readonly createdAt: Milliseconds
}
