import type { ErrorCode } from '../foundation/errors.ts'

/** Every error with its status and title. A new code without a row does not compile. */
export const problems = {
  request_malformed: [400, 'The request is malformed'],
  credential_malformed: [400, 'The credential is malformed'],
  caller_unauthenticated: [401, 'The caller is not authenticated'],
  caller_forbidden: [403, 'The caller may not do this'],
  not_found: [404, 'Not found'],
  write_conflict: [409, 'Somebody else changed it at the same moment'],
  idempotency_key_reused: [409, 'The Idempotency-Key belongs to another request'],
  idempotency_key_in_use: [409, 'A request with this Idempotency-Key is in progress'],
  already_exists: [409, 'It already exists'],
  agent_not_active: [409, 'The agent is not active'],
  agent_state_conflict: [409, 'The agent is in another state'],
  task_ended: [409, 'The task has ended'],
  issuer_retired: [409, 'The issuer is retired'],
  status_irreversible: [409, 'Revocation is permanent'],
  challenge_spent: [409, 'The challenge has been used'],
  limit_reached: [409, 'The limit is reached'],
  reservation_settled: [409, 'The reservation is already settled'],
  too_many: [409, 'There are as many of them as there may be'],
  person_left: [409, 'The person has left'],
  last_administrator: [409, 'This is the last administrator'],
  approval_required: [403, 'Requires an access request'],
  approval_not_allowed: [403, 'This person may not approve this request'],
  approval_outdated: [409, 'The approval is for an earlier version of the request'],
  approval_given: [409, 'The person has already approved this request'],
  request_closed: [409, 'The request is not open'],
  role_exceeded: [403, 'The agent would have more authority than its person'],
  separation_of_duties: [403, 'Violates separation of duties'],
  segment_crossing: [403, 'The segment is closed, or no door leads into it'],
  key_proof_invalid: [422, 'Proof of the key failed'],
  request_too_large: [413, 'The request is too large'],
  media_type_unsupported: [415, 'The body is not JSON'],
  request_unprocessable: [422, 'The request cannot be processed'],
  permission_invalid: [422, 'The permission breaks the permission model'],
  policy_too_complex: [422, 'The policy is too long or too deep'],
  rate_limited: [429, 'Too many requests'],
  overloaded: [503, 'The service is overloaded'],
  storage_unreachable: [503, 'The database cannot be reached'],
  signing_unavailable: [503, 'Signing is unavailable'],
  shutting_down: [503, 'The service is stopping'],
  configuration_invalid: [500, 'The configuration is invalid'],
  package_missing: [500, 'An optional package is not installed'],
  internal: [500, 'Internal error'],
} as const satisfies Record<ErrorCode, readonly [number, string]>

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** Finds the request in the log. */
  readonly instance: string
}

export const problemType = (code: ErrorCode): string => `https://w3id.org/procura/problems#${code}`

export const makeProblem = (code: ErrorCode, detail: string, requestId: string): Problem => ({
  type: problemType(code),
  title: problems[code][1],
  status: problems[code][0],
  detail,
  instance: `urn:uuid:${requestId}`,
})
