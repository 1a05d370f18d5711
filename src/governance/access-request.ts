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

/** Every state except `open` is final. */
export const requestStates = ['open', 'granted', 'refused', 'expired', 'withdrawn'] as const
export type RequestState = (typeof requestStates)[number]

/**
 * Size of the terms of a request, in characters of JSON. A permission that is larger could not be
 * presented.
 */
export const mostTerms = 64_000

/** The requested terms. Approvers see them, and approvals are bound to them. */
export interface AccessTerms {
  readonly audience: readonly Did[]
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds: Seconds
}

/** A request for a permission. */
export interface AccessRequest {
  readonly id: Id
  readonly kind: RequestKind
  readonly agentId: Id
  readonly taskId: Id
  /** The requester as an actor; and the person, if a person asked. */
  readonly requester: string
  readonly requesterPerson: Id | null
  /** The entitlement that covers it, as `name@version`. */
  readonly entitlement: string | null
  readonly reason: string
  readonly terms: AccessTerms
  /** See `approvalDigest`. */
  readonly digest: string
  /** The rules that applied, as `name@version`. */
  readonly rules: readonly string[]
  /** The stages as the rules had them at the time of the request. */
  readonly stages: readonly Stage[]
  /** Index in `stages`. */
  readonly stage: number
  readonly stageEndsAt: Milliseconds | null
  /** Whether the stage has been escalated. */
  readonly escalated: boolean
  readonly state: RequestState
  /** Why it was refused. */
  readonly because: string | null
  /** Rises with every change, so that of two concurrent changes only one succeeds. */
  readonly revision: number
  /** How often the requester has edited it. A vote states how many edits it saw. */
  readonly edits: number
  readonly createdAt: Milliseconds
  readonly decidedAt: Milliseconds | null
  readonly credentialId: Id | null
  /** Finding of the review of an elevation or break-glass. */
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
  /** The absent approver for whom this person voted as delegate. */
  readonly inPlaceOf: Id | null
  readonly comment: string | null
  readonly at: Milliseconds
}

export const elevationLifetime: Readonly<Record<RequestKind, Seconds>> = {
  permission: 86_400,
  elevation: 4 * 3600,
  'break-glass': 3600,
}

/** What an approval is bound to. Any change of it voids the approval. */
export interface ApprovalSubject {
  readonly issuer: Did
  readonly subject: Did
  readonly principal: JsonObject
  readonly audience: readonly Did[]
  readonly task: JsonObject
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds: Seconds
  /** RFC 3339. The permission ends no later, whenever it is issued. */
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
  /** Elevations and emergencies that have not been reviewed. */
  readonly unreviewed?: boolean | undefined
}

export interface AccessRequestStore {
  find(id: Id): Promise<AccessRequest | undefined>
  list(filter: AccessRequestFilter, page: PageRequest): Promise<readonly AccessRequest[]>
  /** Open requests whose stage is past its deadline. */
  overdue(now: Milliseconds, limit: number): Promise<readonly AccessRequest[]>
  add(request: AccessRequest): Write
  /**
   * Replaces the request and raises its revision by one. Fails the whole commit with
   * `request_revision` if the stored revision differs from the given one.
   */
  revise(request: AccessRequest): readonly Write[]
  /** Approvals of this digest: an edited request starts without any. */
  approvals(id: Id, digest: string): Promise<readonly Approval[]>
  /**
   * Fails the whole commit with `approvals_request_id_digest_person_id` if this person has already
   * approved.
   */
  approve(approval: Approval): Write
  /** Voids all approvals of the request so far. */
  resetApprovals(id: Id): Write
  /** Erases texts that a person wrote: reasons of requests and comments of approvals. */
  eraseTexts(person: Id): readonly Write[]
}

export interface CeilingStore {
  /** Agents that have any. */
  agents(): Promise<ReadonlySet<Id>>
  of(agentId: Id): Promise<readonly CeilingRecord[]>
  /** Fails the whole commit with `rules_known` unless these are the agent's ceilings. */
  mustBe(agentId: Id, ceilings: readonly CeilingRecord[]): Write
  set(ceiling: CeilingRecord): Write
}

export interface CeilingRecord {
  readonly agentId: Id
  readonly entitlement: string
  readonly grants: JsonArray
  /** The source, as `review:<id>`. */
  readonly source: string
  readonly createdAt: Milliseconds
}
