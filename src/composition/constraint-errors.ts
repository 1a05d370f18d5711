import type { ErrorCode } from '../foundation/errors.ts'

/**
 * What a commit that met a constraint means to the caller, by the constraint's name. A name that is
 * not here is a conflict of two writers.
 */
export const preconditions: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  agent_active: ['agent_not_active', 'the agent is not active'],
  agent_unchanged: ['write_conflict', 'the agent was changed meanwhile: read it again'],
  holdings_known: ['write_conflict', 'the agent was given something meanwhile: try again'],
  hand_over_open: ['not_found', 'there is no such offer, or it is settled'],
  agent_state: ['agent_state_conflict', 'the agent is not in a state in which this can be done'],
  task_open: ['task_ended', 'the task has ended'],
  issuer_active: ['issuer_retired', 'the issuer is retired'],
  holder_acts: [
    'request_unprocessable',
    'there is no such holder of a key, or it has left or is not active',
  ],
  key_current: ['write_conflict', 'the key was changed meanwhile: try again'],
  api_key_live: ['not_found', 'there is no such API key, or it is revoked'],
  spent_challenges_nonce: ['challenge_spent', 'the challenge was already spent'],
  challenge_forgotten: ['challenge_spent', 'it is no longer known whether the challenge was spent'],
  meter_forgotten: ['limit_reached', 'it is no longer known how much of a limit was used'],
  idempotency_keys_digest: [
    'idempotency_key_in_use',
    'a request with this Idempotency-Key was answered meanwhile',
  ],
  meter_limit: ['limit_reached', 'a limit of the grant, or of one above it, is reached'],
  reservation_open: ['reservation_settled', 'the reservation was committed or released before'],
  overlay_live: ['not_found', 'there is no such overlay, or it has ended'],
  policies_name_version: ['write_conflict', 'somebody else changed this policy: read it again'],
  person_active: ['person_left', 'the person has left, or has other roles than a moment ago'],
  person_linked: [
    'write_conflict',
    'what links the records of one person changed meanwhile: try again',
  ],
  last_administrator: [
    'last_administrator',
    'nobody would be left who administers this service: give somebody else an administrator key first',
  ],
  duties_separate: [
    'separation_of_duties',
    'somebody holds the other side of a rule since a moment ago',
  ],
  acts_side: [
    'separation_of_duties',
    'somebody in the chain did the other side of this transaction',
  ],
  nothing_left: ['write_conflict', 'an agent came to this person meanwhile: try again'],
  rules_known: ['write_conflict', 'a rule was put meanwhile: try again'],
  cursor_there: ['write_conflict', 'somebody else was quicker'],
  review_open: ['request_closed', 'this part of the review is decided'],
  segment_open: ['segment_crossing', 'the segment is closed since a moment ago'],
  closure_proposed: ['write_conflict', 'somebody else was quicker: look again'],
  request_revision: ['write_conflict', 'the request was changed meanwhile: read it again'],
  approvals_request_id_digest_person_id: ['approval_given', 'you have approved this request'],
  governance_documents_kind_name_version: [
    'write_conflict',
    'somebody else changed this document: read it again',
  ],
  people_user_name: ['already_exists', 'there is a person of this user name already'],
  issuers_name: ['already_exists', 'there is an issuer of this name already'],
  issuers_did: ['already_exists', 'there is an issuer with this DID already'],
  agents_did: ['already_exists', 'there is an agent with this key already'],
  identity_keys_did_fragment: ['already_exists', 'this key is in use already'],
  trusted_issuers_did_credential_type: [
    'already_exists',
    'this issuer is trusted for this type already',
  ],
}
