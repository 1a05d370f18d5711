const vcdm = 'https://www.w3.org/TR/vc-data-model#'
const security = 'https://w3id.org/security#'
const statusList = 'https://www.w3.org/ns/credentials/status-list#'
const didResolution = 'https://www.w3.org/ns/did#'
const ours = 'https://w3id.org/procura/reasons#'

/**
 * Every reason for a *no*, in the order in which a verifier comes to it: its problem type on the
 * W3C endpoints, and the sentence that explains it. The documentation's table is made from this.
 */
export const reasons = {
  malformed: [`${vcdm}PARSING_ERROR`, 'It is not the JSON or token that it should be.'],
  value_malformed: [`${vcdm}MALFORMED_VALUE_ERROR`, 'A value in it breaks a rule of its standard.'],
  context_unknown: [
    `${vcdm}MALFORMED_VALUE_ERROR`,
    'It uses a JSON-LD context that is not bundled here.',
  ],
  data_loss: [
    `${security}DATA_LOSS_DETECTION_ERROR`,
    'A term, type or value in it has no meaning by its contexts, and would be lost.',
  ],
  too_large: [`${vcdm}RANGE_ERROR`, 'It is larger, or holds more parts, than is accepted.'],
  budget_exceeded: [
    `${ours}budget_exceeded`,
    'To verify it would take more work than one request may cause.',
  ],
  proof_missing: [`${vcdm}PARSING_ERROR`, 'Nothing secures it: there is no proof.'],
  proof_malformed: [
    `${security}PROOF_VERIFICATION_ERROR`,
    'The proof is not of the form its cryptosuite demands.',
  ],
  proof_unsupported: [
    `${security}PROOF_VERIFICATION_ERROR`,
    'The proof type, cryptosuite or algorithm is not accepted.',
  ],
  proof_purpose: [`${security}PROOF_VERIFICATION_ERROR`, 'The proof was made for another purpose.'],
  proof_expired: [`${security}PROOF_VERIFICATION_ERROR`, 'The proof is outside its own time.'],
  proof_of_issuer_missing: [`${security}PROOF_VERIFICATION_ERROR`, 'No proof is by the issuer.'],
  did_invalid: [`${didResolution}INVALID_DID`, 'A DID or DID URL in it is not valid.'],
  did_method_unsupported: [
    `${didResolution}METHOD_NOT_SUPPORTED`,
    'The DID method is not supported.',
  ],
  did_not_found: [`${didResolution}NOT_FOUND`, 'The DID has no document.'],
  did_document_invalid: [`${didResolution}INVALID_DID_DOCUMENT`, 'The DID document breaks a rule.'],
  did_unreachable: [`${didResolution}NOT_FOUND`, 'The DID document could not be had.'],
  did_deactivated: [`${didResolution}DEACTIVATED`, 'The DID is deactivated.'],
  key_invalid: [
    `${security}INVALID_VERIFICATION_METHOD`,
    'The verification method names no key that can be used.',
  ],
  key_not_authorized: [
    `${security}INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD`,
    'The key is not authorized for this purpose by the DID document.',
  ],
  signer_mismatch: [
    `${vcdm}CRYPTOGRAPHIC_SECURITY_ERROR`,
    'It is signed by somebody else than it says.',
  ],
  signature_invalid: [
    `${vcdm}CRYPTOGRAPHIC_SECURITY_ERROR`,
    'The signature is not good: it was altered, or signed by another key.',
  ],
  domain_mismatch: [
    `${security}INVALID_DOMAIN_ERROR`,
    'The presentation was made for another audience.',
  ],
  challenge_mismatch: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'The presentation answers another challenge.',
  ],
  challenge_invalid: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'The challenge was not given by this service to this caller, or its time is over.',
  ],
  challenge_used: [
    `${security}INVALID_CHALLENGE_ERROR`,
    'The challenge was already spent: the presentation is a replay.',
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
    'It names a schema of a type, or with a keyword, that is not evaluated here.',
  ],
  schema_unavailable: [`${ours}schema_unavailable`, 'A schema that it names could not be had.'],
  schema_mismatch: [`${vcdm}MALFORMED_VALUE_ERROR`, 'It is not as the schema says that it names.'],
  terms_unsupported: [
    `${ours}terms_unsupported`,
    'It has terms of use, which may restrict it, and none are understood.',
  ],
  not_yet_valid: [`${vcdm}RANGE_ERROR`, 'The credential is not valid yet.'],
  expired: [`${vcdm}RANGE_ERROR`, 'The credential has expired.'],
  status_missing: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The credential cannot be revoked: it has no revocation entry.',
  ],
  status_unsupported: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The credential has a status of a kind that is not understood.',
  ],
  status_malformed: [
    `${vcdm}MALFORMED_VALUE_ERROR`,
    'The status entry or status list breaks a rule.',
  ],
  status_unavailable: [
    `${statusList}STATUS_VERIFICATION_ERROR`,
    'The status list could not be had, or is not fresh.',
  ],
  status_list_length: [
    `${statusList}STATUS_LIST_LENGTH_ERROR`,
    'The status list is shorter than the standard allows.',
  ],
  status_index_range: [`${vcdm}RANGE_ERROR`, 'The status index lies outside the list.'],
  revoked: [`${ours}revoked`, 'The credential is revoked.'],
  suspended: [`${ours}suspended`, 'The credential is suspended.'],
  permission_missing: [`${ours}permission_missing`, 'The credential carries no task permission.'],
  permission_malformed: [
    `${ours}permission_malformed`,
    'The permission breaks a rule of the permission model.',
  ],
  parent_missing: [
    `${ours}parent_missing`,
    'The credential that this one narrows is not in the presentation, or is another than it was.',
  ],
  chain_too_long: [
    `${ours}chain_too_long`,
    'A chain holds at most 8 credentials, and 64 kB of them.',
  ],
  subject_repeated: [
    `${ours}subject_repeated`,
    'Somebody stands in the chain twice, by DID or by key.',
  ],
  signer_not_parent_subject: [
    `${ours}signer_not_parent_subject`,
    'It was delegated by somebody else than the holder of the parent.',
  ],
  principal_changed: [`${ours}principal_changed`, 'It is for another principal than its parent.'],
  task_changed: [`${ours}task_changed`, 'It is for another task than its parent.'],
  audience_widened: [`${ours}audience_widened`, 'It has an audience that its parent has not.'],
  grant_unfounded: [`${ours}grant_unfounded`, 'A grant comes from no grant of the parent.'],
  grant_type_changed: [`${ours}grant_type_changed`, 'A grant is of another type than its parent.'],
  locations_widened: [
    `${ours}locations_widened`,
    'A grant covers locations that its parent does not.',
  ],
  actions_widened: [`${ours}actions_widened`, 'A grant allows actions that its parent does not.'],
  datatypes_widened: [
    `${ours}datatypes_widened`,
    'A grant covers kinds of data that its parent does not.',
  ],
  constraint_dropped: [`${ours}constraint_dropped`, 'A grant lacks a constraint of its parent.'],
  constraint_widened: [
    `${ours}constraint_widened`,
    'A constraint of a grant is looser than that of its parent.',
  ],
  action_not_delegable: [
    `${ours}action_not_delegable`,
    'A grant allows an action that the parent keeps to its holder.',
  ],
  time_widened: [`${ours}time_widened`, 'It begins before its parent, or ends after it.'],
  delegation_not_allowed: [
    `${ours}delegation_not_allowed`,
    'The parent does not allow its holder to delegate.',
  ],
  delegation_too_deep: [
    `${ours}delegation_too_deep`,
    'It allows as many further links as its parent, or the parent allows none.',
  ],
  subject_not_allowed: [
    `${ours}subject_not_allowed`,
    'The parent does not allow delegating to this subject.',
  ],
  delegation_widened: [
    `${ours}delegation_widened`,
    'Its terms of further delegation are looser than those of its parent.',
  ],
  status_not_of_root: [`${ours}status_not_of_root`, "Its status list is not the root issuer's."],
  status_not_reserved: [
    `${ours}status_not_reserved`,
    'The root issuer did not reserve its status entry for it, and it lives for more than 15 minutes.',
  ],
  audience_mismatch: [`${ours}audience_mismatch`, 'The permission is not for this audience.'],
  agent_not_active: [`${ours}agent_not_active`, 'The agent is not active.'],
  task_ended: [`${ours}task_ended`, 'The task has ended, and the permission with it.'],
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
    'The grant is limited to other kinds of data, or the request named none.',
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
  overlay: [`${ours}overlay`, 'An overlay takes away for now what the credential grants.'],
  segment_closed: [`${ours}segment_closed`, 'A segment that it touches is closed.'],
  segment_crossing: [
    `${ours}segment_crossing`,
    'It would take authority from one segment into another, and no door lets it.',
  ],
  policy_forbids: [`${ours}policy_forbids`, 'A local policy forbids it.'],
  policy_permits_not: [`${ours}policy_permits_not`, 'No local policy permits it.'],
  policy_failed: [`${ours}policy_failed`, 'A local policy could not be evaluated.'],
  role_exceeded: [
    `${ours}role_exceeded`,
    'It is more than the roles of the person give, for whom an agent of the chain acts.',
  ],
  separation_of_duties: [
    `${ours}separation_of_duties`,
    'Somebody in the chain has or did what is kept apart from this, or the request does not say which transaction it is about.',
  ],
  amount_missing: [
    `${ours}amount_missing`,
    'The grant limits how much, and the request did not say how much it is about.',
  ],
  limit_reached: [
    `${ours}limit_reached`,
    'The limit of the grant, or of one above it, is reached.',
  ],
  session_ended: [
    `${ours}session_ended`,
    'There is no such session of this caller, or it has ended.',
  ],
  meter_unavailable: [
    `${ours}meter_unavailable`,
    'The grant is metered, and no meter can be reached.',
  ],
} as const satisfies Record<string, readonly [problemType: string, sentence: string]>

export type Reason = keyof typeof reasons

/** A *no*, as a value. `detail` says what to look at; it holds no token, key or claim value. */
export interface Refusal {
  readonly refused: Reason
  readonly detail: string
}

export const refuse = (reason: Reason, detail: string = reasons[reason][1]): Refusal => ({
  refused: reason,
  detail,
})

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value
