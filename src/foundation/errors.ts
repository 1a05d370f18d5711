/**
 * Every error that this software raises, by its stable code. A refusal (a *no*) is a value instead:
 * see refusal.ts. An error means that the question could not be answered, or may not be asked.
 */
export type ErrorCode =
  | 'request_malformed'
  | 'credential_malformed'
  | 'caller_unauthenticated'
  | 'caller_forbidden'
  | 'not_found'
  | 'write_conflict'
  | 'idempotency_key_reused'
  | 'already_exists'
  | 'agent_not_active'
  | 'agent_state_conflict'
  | 'task_ended'
  | 'issuer_retired'
  | 'status_irreversible'
  | 'challenge_spent'
  | 'limit_reached'
  | 'reservation_settled'
  | 'too_many'
  | 'idempotency_key_in_use'
  | 'person_left'
  | 'last_administrator'
  | 'approval_required'
  | 'approval_not_allowed'
  | 'approval_outdated'
  | 'approval_given'
  | 'request_closed'
  | 'role_exceeded'
  | 'separation_of_duties'
  | 'segment_crossing'
  | 'key_proof_invalid'
  | 'request_too_large'
  | 'media_type_unsupported'
  | 'request_unprocessable'
  | 'permission_invalid'
  | 'policy_too_complex'
  | 'rate_limited'
  | 'overloaded'
  | 'storage_unreachable'
  | 'signing_unavailable'
  | 'shutting_down'
  | 'configuration_invalid'
  | 'package_missing'
  | 'internal'

export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ErrorCode
  readonly detail: string
  /** `detail` reaches callers and logs, so it must hold no token, key or claim value. */
  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
    this.detail = detail
  }
}
