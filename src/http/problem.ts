import type { ErrorCode } from '../foundation/errors.ts'

/** Every error with its status and title. A new code without a row here fails to compile. */
export const problems = {
  request_malformed: [400, 'The request is malformed'],
  credential_malformed: [400, 'The credential is malformed'],
  caller_unauthenticated: [401, 'Who calls is not known'],
  caller_forbidden: [403, 'The caller may not do this'],
  not_found: [404, 'There is no such thing'],
  write_conflict: [409, 'Two changes met'],
  idempotency_key_reused: [409, 'The Idempotency-Key belongs to another request'],
  idempotency_key_in_use: [409, 'The request is being answered already'],
  already_exists: [409, 'It exists already'],
  agent_not_active: [409, 'The agent is not active'],
  agent_state_conflict: [409, 'The agent is in another state'],
  task_ended: [409, 'The task has ended'],
  issuer_retired: [409, 'The issuer is retired'],
  status_irreversible: [409, 'Revocation has no way back'],
  challenge_spent: [409, 'The challenge was spent'],
  limit_reached: [409, 'The limit is reached'],
  reservation_settled: [409, 'The reservation was settled'],
  person_left: [409, 'The person has left'],
  last_administrator: [409, 'This is the last administrator'],
  approval_required: [403, 'This is to be had by request only'],
  approval_not_allowed: [403, 'This person may not approve this request'],
  approval_outdated: [409, 'The approval is for something else than is asked'],
  approval_given: [409, 'The person has approved this request'],
  request_closed: [409, 'The request is not open'],
  role_exceeded: [403, 'The agent would hold more than its person does'],
  separation_of_duties: [403, 'Somebody would come to have both of two duties that are kept apart'],
  segment_crossing: [403, 'A segment is closed, or would be crossed where there is no door'],
  key_proof_invalid: [422, 'The key was not proven'],
  request_too_large: [413, 'The request is too large'],
  media_type_unsupported: [415, 'The body is not JSON'],
  request_unprocessable: [422, 'The request cannot be carried out'],
  permission_invalid: [422, 'The permission breaks the permission model'],
  policy_too_complex: [422, 'The policy is too long or too deep'],
  rate_limited: [429, 'Too many requests'],
  overloaded: [503, 'The service has too much to do'],
  storage_unreachable: [503, 'The database is not there'],
  signing_unavailable: [503, 'Signing is not possible'],
  shutting_down: [503, 'The service is stopping'],
  configuration_invalid: [500, 'The service is not set up'],
  internal: [500, 'Something went wrong here'],
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
