import type { ErrorCode } from '../foundation/errors.ts'

/** The error that a failed precondition becomes, by the name of its constraint. */
export const preconditions = {
  agent_active: ['agent_not_active', 'the agent is not active'],
  agent_unchanged: ['write_conflict', 'the agent has changed: read it again'],
  holdings_known: [
    'write_conflict',
    'the agent has received a credential in the meantime: try again',
  ],
  hand_over_open: ['not_found', 'there is no such offer, or it has been answered'],
  agent_state: ['agent_state_conflict', 'the state of the agent does not allow this'],
  task_open: ['task_ended', 'the task has ended'],
  issuer_active: ['issuer_retired', 'the issuer is retired'],
  holder_acts: [
    'request_unprocessable',
    'the holder of the key does not exist, has left, or is not active',
  ],
  key_current: ['write_conflict', 'the key has changed in the meantime: try again'],
  api_key_live: ['not_found', 'there is no such API key, or it is revoked'],
  spent_challenges_nonce: ['challenge_spent', 'the challenge has been used'],
  challenge_forgotten: [
    'challenge_spent',
    'the challenge is so old that its use is no longer recorded',
  ],
  meter_forgotten: ['limit_reached', 'the grant is so old that its use is no longer recorded'],
  idempotency_keys_digest: [
    'idempotency_key_in_use',
    'a request with this Idempotency-Key was answered in the meantime',
  ],
  meter_limit: ['limit_reached', 'the grant, or one above it in the chain, has reached its limit'],
  reservation_open: ['reservation_settled', 'the reservation has been committed or released'],
  overlay_live: ['not_found', 'there is no such overlay, or it has ended'],
  overlay_room: [
    'too_many',
    'the caller has as many overlays in force as one may have: end some of them first',
  ],
  policies_name_version: ['write_conflict', 'someone else changed this policy: read it again'],
  person_active: ['person_left', 'the person has left, or their roles have just changed'],
  person_unchanged: ['write_conflict', 'the record of the person has changed: read it again'],
  person_linked: [
    'write_conflict',
    'the links between the records of one person have changed: try again',
  ],
  last_administrator: [
    'last_administrator',
    'this would leave the service without an administrator: give another person an administrator key first',
  ],
  duties_separate: [
    'separation_of_duties',
    'someone has just received the other duty of a separation rule',
  ],
  acts_side: [
    'separation_of_duties',
    'someone in the chain performed the other duty of this transaction',
  ],
  nothing_left: [
    'write_conflict',
    'the person has just become answerable for another agent: try again',
  ],
  rules_known: ['write_conflict', 'a rule has changed in the meantime: try again'],
  cursor_there: ['write_conflict', 'another node was faster'],
  stream_room: [
    'too_many',
    'the caller has as many streams of the audit log as one may have: delete some of them first',
  ],
  review_open: ['request_closed', 'this review item has been decided, or the campaign is closed'],
  segment_open: ['segment_crossing', 'the segment has just been closed'],
  closure_proposed: ['write_conflict', 'someone else changed this first: read it again'],
  request_revision: ['write_conflict', 'the request has changed: read it again'],
  approvals_request_id_digest_person_id: [
    'approval_given',
    'you have already approved this request',
  ],
  governance_documents_kind_name_version: [
    'write_conflict',
    'someone else changed this document: read it again',
  ],
  people_user_name: ['already_exists', 'a person with this user name already exists'],
  issuers_name: ['already_exists', 'an issuer with this name already exists'],
  issuers_did: ['already_exists', 'an issuer with this DID already exists'],
  agents_did: ['already_exists', 'an agent with this key already exists'],
  identity_keys_did_fragment: ['already_exists', 'this key is already in use'],
  credentials_issuer_id_credential_id: [
    'already_exists',
    'the issuer has already issued a credential with this id',
  ],
  trusted_issuers_did_credential_type: [
    'already_exists',
    'this issuer is already trusted for this type',
  ],
} as const satisfies Readonly<Record<string, readonly [ErrorCode, string]>>

export type Precondition = keyof typeof preconditions

const isPrecondition = (constraint: string): constraint is Precondition =>
  Object.hasOwn(preconditions, constraint)

/** Any other constraint fails when two writers conflict. */
export const errorOfConstraint = (constraint: string): readonly [ErrorCode, string] =>
  isPrecondition(constraint)
    ? preconditions[constraint]
    : [
        'write_conflict',
        'somebody else changed it at the same moment: read it again and repeat the change',
      ]
