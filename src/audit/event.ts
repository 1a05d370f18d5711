import type { Id } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Reason } from '../foundation/refusal.ts'
import type { StatusCauseName } from '../status/status-store.ts'

/** The actor: `person:…`, `system:…` or `agent:…` with an id, or `service` for background jobs. */
export type Actor = `person:${string}` | `system:${string}` | `agent:${string}` | 'service'

/** The digest identifies exactly what was requested. */
interface RequestFacts {
  readonly request: Id
  readonly agent: Id
  readonly task: Id
  readonly digest: string
}

/** A change of who answers for an agent; `to` is the person who was asked to accept. */
interface HandOverFacts {
  readonly handOver: Id
  readonly agent: Id
  readonly to: Id
  readonly owner: Id
  readonly deputy: Id | null
}

/** All event types with their facts. Facts hold no claims, keys or tokens. */
export interface EventFacts {
  'service.initialized': { readonly issuer: Id }
  'service.restored': {
    readonly restoration: Id
    readonly sealedLists: number
    readonly renewedLists: number
    readonly revoked: number
    readonly learned: number
  }
  'service.keys-resealed': { readonly keys: number }
  /** An alarm: someone with access to the database created an administrator. */
  'service.administrator-added': { readonly person: Id; readonly apiKey: Id }
  'person.created': { readonly person: Id; readonly roles: readonly string[] }
  'person.changed': { readonly person: Id; readonly roles: readonly string[] }
  /** Two records belong to one human being, `human`, permanently. `by` states what showed it. */
  'person.linked': {
    readonly person: Id
    readonly human: Id
    readonly by: 'mailbox' | 'identity'
  }
  'person.delegated': {
    readonly person: Id
    readonly delegate: Id | null
    readonly until: string | null
  }
  'person.left': {
    readonly person: Id
    readonly handedOver: readonly string[]
    readonly suspended: readonly string[]
    /** Agents that were never activated. */
    readonly retired: readonly string[]
  }
  'person.erased': { readonly person: Id }
  'system.created': { readonly system: Id; readonly audiences: readonly string[] }
  'api-key.created': {
    readonly apiKey: Id
    readonly holder: string
    readonly scopes: readonly string[]
  }
  'api-key.rotated': { readonly apiKey: Id }
  'api-key.revoked': { readonly apiKey: Id }
  'issuer.created': { readonly issuer: Id; readonly did: string; readonly mechanism: string }
  'issuer.rotated': { readonly issuer: Id; readonly key: Id; readonly compromised: boolean }
  'issuer.retired': { readonly issuer: Id }
  'issuer.trusted': { readonly did: string; readonly credentialType: string }
  'issuer.distrusted': { readonly did: string; readonly credentialType: string }
  'agent.registered': {
    readonly agent: Id
    readonly owner: Id
    readonly kind: string
    readonly riskTier: string
    readonly segment: string
    readonly roles: readonly string[]
  }
  'agent.activated': { readonly agent: Id; readonly did: string; readonly custody: string }
  'agent.key-rotated': { readonly agent: Id; readonly key: Id; readonly compromised: boolean }
  'agent.suspended': { readonly agent: Id; readonly reason: string }
  'agent.hand-over-offered': HandOverFacts & { readonly expiresAt: string }
  'agent.hand-over-declined': HandOverFacts
  'agent.hand-over-withdrawn': HandOverFacts
  'agent.handed-over': {
    readonly agent: Id
    readonly from: Id
    readonly to: Id
    readonly deputy: Id | null
  }
  'agent.roles-assigned': { readonly agent: Id; readonly roles: readonly string[] }
  'agent.resumed': { readonly agent: Id }
  'agent.retired': { readonly agent: Id; readonly reason: string }
  'agent.signed': { readonly agent: Id; readonly credentials: number; readonly audience: string }
  'task.created': {
    readonly task: Id
    readonly purpose: string
    readonly issuer: Id
    readonly agents: readonly Id[]
  }
  'task.ended': { readonly task: Id; readonly outcome: string }
  'credential.issued': {
    readonly credential: Id
    readonly issuer: Id
    readonly type: string
    readonly agent: Id | null
    readonly task: Id | null
    readonly validUntil: string | null
    readonly basis: string
  }
  'credential.suspended': { readonly credential: Id; readonly cause: StatusCauseName }
  'credential.resumed': { readonly credential: Id; readonly cause: StatusCauseName }
  'credential.revoked': { readonly credential: Id; readonly cause: StatusCauseName }
  'credential.message-set': {
    readonly credential: Id
    readonly value: number
    readonly text: string
  }
  'decision.made': {
    /** Identifies the decision when its proof is requested. */
    readonly id: Id
    readonly decision: 'allow' | 'deny'
    readonly reason: Reason | null
    readonly holder: string | null
    readonly audience: string
    readonly action: string
    readonly resource: string
    readonly purpose: string
    readonly credential: string | null
    readonly grant: string | null
    readonly statusAge: number | null
    readonly session: Id | null
    readonly reservation: Id | null
    /**
     * The request to local policy, except what is stated above; null if the decision did not reach
     * it.
     */
    readonly asked: JsonObject | null
    /** The policies in force. */
    readonly policies: string | null
    /** Digest of the last credential of the chain, which covers those above. */
    readonly chain: string | null
    /** Digest of the status entries checked, root first. */
    readonly status: string | null
  }
  'delegation.prepared': {
    readonly credential: Id
    readonly parent: string
    readonly subject: string
    readonly agent: Id | null
    readonly task: Id | null
    readonly validUntil: string
  }
  'session.opened': {
    readonly session: Id
    readonly holder: string
    readonly audience: string
    readonly expiresAt: string
  }
  'session.ended': { readonly session: Id; readonly reason: string }
  'meter.reserved': {
    readonly reservation: Id
    readonly holder: string
    readonly credential: string
    readonly grant: string
  }
  'meter.settled': { readonly reservation: Id; readonly state: 'committed' | 'released' }
  'overlay.created': {
    readonly overlay: Id
    readonly scope: string
    readonly audience: string | null
    readonly endsAt: string
    readonly reason: string
  }
  'overlay.ended': { readonly overlay: Id }
  'review.started': {
    readonly campaign: Id
    readonly name: string
    readonly items: number
    readonly dueAt: string
  }
  'review.decided': {
    readonly campaign: Id
    readonly agent: Id
    readonly entitlement: string
    readonly outcome: string
  }
  'review.ended': { readonly campaign: Id }
  'segment.closed': { readonly segment: string; readonly reason: string }
  'segment.reopening-proposed': { readonly segment: string }
  'segment.reopened': { readonly segment: string; readonly people: readonly string[] }
  'document.changed': {
    readonly kind: string
    readonly name: string
    readonly version: number
    readonly withdrawn: boolean
  }
  'request.made': RequestFacts & {
    readonly kind: string
    readonly reason: string
    readonly rules: readonly string[]
    readonly entitlement: string | null
  }
  'request.edited': RequestFacts & { readonly reason: string; readonly rules: readonly string[] }
  'request.approved': RequestFacts & { readonly stage: string; readonly inPlaceOf: Id | null }
  /** Someone tried to approve without being allowed to. */
  'approval.refused': RequestFacts & { readonly because: string }
  'request.escalated': RequestFacts & { readonly stage: string }
  'request.granted': RequestFacts & { readonly credential: Id }
  'request.refused': RequestFacts & { readonly because: string }
  'request.expired': RequestFacts & { readonly stage: string }
  'request.withdrawn': RequestFacts
  'request.reviewed': RequestFacts & { readonly finding: string }
  /** An alarm: a permission was issued in an emergency, outside the rules. */
  'break-glass.used': RequestFacts & { readonly reason: string; readonly people: readonly string[] }
  'policy.changed': { readonly name: string; readonly version: number; readonly withdrawn: boolean }
  'presentation.verified': {
    readonly verified: boolean
    readonly reason: string | null
    readonly holder: string | null
  }
}

export type EventType = keyof EventFacts

export type AuditEvent = {
  [T in EventType]: { readonly type: T; readonly actor: Actor; readonly facts: EventFacts[T] }
}[EventType]
