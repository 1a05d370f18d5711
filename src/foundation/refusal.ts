const vcdm = 'https://www.w3.org/TR/vc-data-model#'
const security = 'https://w3id.org/security#'
const statusList = 'https://www.w3.org/ns/credentials/status-list#'
const didResolution = 'https://www.w3.org/ns/did#'
const ours = 'https://w3id.org/procura/reasons#'

/**
 * Every reason for a *no*, in the order in which a verifier checks for it: its problem type on the
 * W3C endpoints, and a sentence that explains it. `npm run docs` makes the documentation's table from this.
 */
export const reasons = {
  malformed: [`${vcdm}PARSING_ERROR`, 'The input is not the expected JSON or token.'],
  value_malformed: [`${vcdm}MALFORMED_VALUE_ERROR`, 'A value breaks a rule of its standard.'],
  context_unknown: [
    `${vcdm}MALFORMED_VALUE_ERROR`,
    'The JSON-LD context is not one of those bundled with the verifier.',
  ],
  data_loss: [
    `${security}DATA_LOSS_DETECTION_ERROR`,
    'The contexts do not define a term, type or value, so JSON-LD would drop it.',
  ],
  too_large: [`${vcdm}RANGE_ERROR`, 'The input is too large, or has too many parts.'],
  budget_exceeded: [
    `${ours}budget_exceeded`,
    'Verification would take more work than one request may cause.',
  ],
  proof_missing: [`${vcdm}PARSING_ERROR`, 'There is no proof.'],
  proof_malformed: [
    `${security}PROOF_VERIFICATION_ERROR`,
    'The proof does not have the form that its cryptosuite requires.',
  ],
  proof_unsupported: [
    `${security}PROOF_VERIFICATION_ERROR`,
    'The proof type, cryptosuite or algorithm is not accepted.',
  ],
  proof_purpose: [`${security}PROOF_VERIFICATION_ERROR`, 'The proof has another purpose.'],
  proof_expired: [`${security}PROOF_VERIFICATION_ERROR`, 'The proof is not valid at this time.'],
  proof_of_issuer_missing: [
    `${security}PROOF_VERIFICATION_ERROR`,
    'The issuer made none of the proofs.',
  ],
  did_invalid: [`${didResolution}INVALID_DID`, 'A DID or DID URL is not valid.'],
  did_method_unsupported: [
    `${didResolution}METHOD_NOT_SUPPORTED`,
    'The DID method is not supported.',
  ],
  did_not_found: [`${didResolution}NOT_FOUND`, 'The DID has no document.'],
  did_document_invalid: [`${didResolution}INVALID_DID_DOCUMENT`, 'The DID document is invalid.'],
  did_unreachable: [`${didResolution}NOT_FOUND`, 'The DID document could not be fetched.'],
  did_deactivated: [`${didResolution}DEACTIVATED`, 'The DID is deactivated.'],
  key_invalid: [
    `${security}INVALID_VERIFICATION_METHOD`,
    'The verification method names no usable key.',
  ],
  key_not_authorized: [
    `${security}INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD`,
    'The DID document does not authorize the key for this purpose.',
  ],
  signer_mismatch: [
    `${vcdm}CRYPTOGRAPHIC_SECURITY_ERROR`,
    'The signer is not the party that the document names.',
  ],
  signature_invalid: [
    `${vcdm}CRYPTOGRAPHIC_SECURITY_ERROR`,
    'The signature is invalid: the document was altered, or another key signed it.',
  ],
  domain_mismatch: [`${security}INVALID_DOMAIN_ERROR`, 'The presentation is for another audience.'],
  challenge_mismatch: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'The presentation answers another challenge.',
  ],
  challenge_invalid: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'This service did not give this challenge to this caller, or it has expired.',
  ],
  challenge_used: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'The challenge has been used: the presentation is a replay.',
  ],
  credential_missing: [`${vcdm}PARSING_ERROR`, 'The presentation holds no credential.'],
  holder_binding: [
    `${vcdm}CRYPTOGRAPHIC_SECURITY_ERROR`,
    'The presenter is not the subject of the credential.',
  ],
  issuer_untrusted: [
    `${ours}issuer_untrusted`,
    'The issuer is not trusted for credentials of this type.',
  ],
  schema_unsupported: [
    `${ours}schema_unsupported`,
    'The credential names a schema whose type, or a keyword in it, is not supported.',
  ],
  schema_unavailable: [
    `${ours}schema_unavailable`,
    'A schema that the credential names could not be fetched.',
  ],
  schema_mismatch: [
    `${vcdm}MALFORMED_VALUE_ERROR`,
    'The credential does not match the schema that it names.',
  ],
  terms_unsupported: [
    `${ours}terms_unsupported`,
    'The credential has terms of use, which may restrict it, and none are supported.',
  ],
  not_yet_valid: [`${vcdm}RANGE_ERROR`, 'The credential is not valid yet.'],
  expired: [`${vcdm}RANGE_ERROR`, 'The credential has expired.'],
  status_missing: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The credential has no revocation entry, so it could not be revoked.',
  ],
  status_unsupported: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The credential has a status entry of an unsupported type.',
  ],
  status_malformed: [`${vcdm}MALFORMED_VALUE_ERROR`, 'The status entry or status list is invalid.'],
  status_unavailable: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The status list could not be fetched, or is out of date.',
  ],
  status_list_length: [
    `${statusList}STATUS_LIST_LENGTH_ERROR`,
    'The status list is shorter than the standard allows.',
  ],
  status_index_range: [`${vcdm}RANGE_ERROR`, 'The status index is outside the list.'],
  revoked: [`${ours}revoked`, 'The credential is revoked.'],
  suspended: [`${ours}suspended`, 'The credential is suspended.'],
  permission_missing: [`${ours}permission_missing`, 'The credential carries no task permission.'],
  permission_malformed: [
    `${ours}permission_malformed`,
    'The permission breaks a rule of the permission model.',
  ],
  parent_missing: [
    `${ours}parent_missing`,
    'The presentation lacks the parent credential, or has an altered one.',
  ],
  chain_too_long: [`${ours}chain_too_long`, 'A chain may have at most 8 credentials and 64 kB.'],
  subject_repeated: [`${ours}subject_repeated`, 'A DID or key appears twice in the chain.'],
  signer_not_parent_subject: [
    `${ours}signer_not_parent_subject`,
    'The signer is not the subject of the parent credential.',
  ],
  principal_changed: [`${ours}principal_changed`, 'The principal differs from that of the parent.'],
  task_changed: [`${ours}task_changed`, 'The task differs from that of the parent.'],
  audience_widened: [`${ours}audience_widened`, 'The audience has a member that the parent lacks.'],
  grant_unfounded: [`${ours}grant_unfounded`, 'A grant is derived from no grant of the parent.'],
  grant_type_changed: [`${ours}grant_type_changed`, 'A grant has another type than its parent.'],
  locations_widened: [
    `${ours}locations_widened`,
    'A grant covers locations that its parent does not cover.',
  ],
  actions_widened: [
    `${ours}actions_widened`,
    'A grant allows actions that its parent does not allow.',
  ],
  datatypes_widened: [
    `${ours}datatypes_widened`,
    'A grant covers data types that its parent does not cover.',
  ],
  constraint_dropped: [`${ours}constraint_dropped`, 'A grant lacks a constraint of its parent.'],
  constraint_widened: [
    `${ours}constraint_widened`,
    'A constraint of a grant is looser than that of its parent.',
  ],
  action_not_delegable: [
    `${ours}action_not_delegable`,
    'A grant passes on an action that the parent does not allow to delegate.',
  ],
  time_widened: [`${ours}time_widened`, 'The validity period exceeds that of the parent.'],
  delegation_not_allowed: [
    `${ours}delegation_not_allowed`,
    'The parent does not allow its holder to delegate.',
  ],
  delegation_too_deep: [
    `${ours}delegation_too_deep`,
    'The parent allows no further delegation, or the child allows as many links as its parent.',
  ],
  subject_not_allowed: [
    `${ours}subject_not_allowed`,
    'The parent does not allow delegating to this subject.',
  ],
  delegation_widened: [
    `${ours}delegation_widened`,
    'The terms of further delegation are looser than those of the parent.',
  ],
  status_not_of_root: [`${ours}status_not_of_root`, "The status list is not the root issuer's."],
  status_not_reserved: [
    `${ours}status_not_reserved`,
    'The root issuer did not reserve the status entry for this credential, which is valid for more than 15 minutes.',
  ],
  audience_mismatch: [`${ours}audience_mismatch`, 'The permission is not for this audience.'],
  agent_not_active: [`${ours}agent_not_active`, 'The agent is not active.'],
  task_ended: [`${ours}task_ended`, 'The task has ended, and its permissions with it.'],
  purpose_mismatch: [`${ours}purpose_mismatch`, 'The permission is for another purpose.'],
  resource_malformed: [
    `${ours}resource_malformed`,
    'The resource is not a location of this grant type.',
  ],
  resource_not_granted: [`${ours}resource_not_granted`, 'No grant covers this resource.'],
  action_not_granted: [
    `${ours}action_not_granted`,
    'No grant allows this action on this resource.',
  ],
  datatype_not_granted: [
    `${ours}datatype_not_granted`,
    'The grant covers other data types, or the request names none.',
  ],
  constraint_time: [`${ours}constraint_time`, 'The grant does not allow this day or hour.'],
  constraint_network: [
    `${ours}constraint_network`,
    'The observed network address is not allowed, or was not observed.',
  ],
  constraint_location: [
    `${ours}constraint_location`,
    'The observed region is not allowed, or was not observed.',
  ],
  constraint_environment: [
    `${ours}constraint_environment`,
    'The observed environment is not allowed, or was not observed.',
  ],
  constraint_args: [`${ours}constraint_args`, 'An argument is outside its bounds, or is absent.'],
  constraint_risk: [
    `${ours}constraint_risk`,
    'The observed risk is too high, or was not observed.',
  ],
  overlay: [`${ours}overlay`, 'An overlay currently withholds what the credential grants.'],
  segment_closed: [`${ours}segment_closed`, 'The request touches a closed segment.'],
  segment_crossing: [
    `${ours}segment_crossing`,
    'Authority would cross from one segment into another, and no door allows it.',
  ],
  policy_forbids: [`${ours}policy_forbids`, 'A local policy forbids the request.'],
  policy_no_permit: [`${ours}policy_no_permit`, 'No local policy permits the request.'],
  policy_failed: [`${ours}policy_failed`, 'A local policy could not be evaluated.'],
  role_exceeded: [
    `${ours}role_exceeded`,
    'The request exceeds the roles of the person for whom an agent in the chain acts.',
  ],
  separation_of_duties: [
    `${ours}separation_of_duties`,
    'Someone in the chain has or did the other duty, or the request does not name its transaction.',
  ],
  amount_missing: [
    `${ours}amount_missing`,
    'The grant has a limit, and the request does not state its amount.',
  ],
  limit_reached: [
    `${ours}limit_reached`,
    'The grant, or one above it in the chain, has reached its limit.',
  ],
  session_ended: [`${ours}session_ended`, 'The caller has no such session, or it has ended.'],
  meter_unavailable: [
    `${ours}meter_unavailable`,
    'The grant is metered, and no meter is reachable.',
  ],
} as const satisfies Record<string, readonly [problemType: string, sentence: string]>

/** Why something was refused: a stable code. docs/reasons.md explains each. */
export type Reason = keyof typeof reasons

/**
 * A *no*, as a value. Only `refuse` creates one: JSON that looks like a refusal is not one, because
 * the brand is private to this class. `detail` says what to look at; it holds no token, key or
 * claim value.
 */
export class Refusal {
  readonly #brand = true
  readonly refused: Reason
  readonly detail: string

  constructor(refused: Reason, detail: string) {
    this.refused = refused
    this.detail = detail
  }

  static is(value: unknown): value is Refusal {
    return typeof value === 'object' && value !== null && #brand in value
  }
}

export const refuse = (reason: Reason, detail: string = reasons[reason][1]): Refusal =>
  new Refusal(reason, detail)

export const isRefusal = Refusal.is
