import { z } from 'zod'
import { credentialStates } from '../../credential/credential-store.ts'
import { entryPurposes } from '../../status/status-entry.ts'
import { statusCauses } from '../../status/status-store.ts'
import { id } from '../schemas.ts'
import type { Operations } from './operation.ts'
import { problemDetails, reason } from './refusals.ts'
import {
  asDocument,
  count,
  document,
  pageOf,
  securedForms,
  time,
  verifiableCredential,
} from './values.ts'

const members = {
  id,
  credentialId: z.string().describe("The credential's own id, which its issuer gave it."),
  issuerId: id,
  agentId: id
    .nullable()
    .describe('The agent that holds it; null if the holder is no agent of this service.'),
  taskId: id.nullable().describe('The task that a permission ends with.'),
  type: z.string(),
  validFrom: time.nullable(),
  validUntil: time.nullable(),
  createdAt: time,
  basis: z
    .string()
    .describe(
      "Why it was issued: `issuer` on the issuer's word, `request:` and the id of an access request, or `delegation:` and the parent's own id.",
    ),
  state: z.enum(credentialStates),
}

/** A credential in a list, without its secured form. */
export const credential = z.strictObject(members).meta({ id: 'Credential' })

const wholeCredential = z
  .strictObject({
    ...members,
    verifiableCredential: verifiableCredential.describe('As it was issued.'),
    forms: asDocument(securedForms).nullable(),
  })
  .meta({ id: 'WholeCredential' })

export const issuedPermission = z
  .strictObject({
    id: id.describe('Names the credential in this interface.'),
    credential: verifiableCredential.describe('The TaskPermissionCredential.'),
    forms: securedForms.optional(),
  })
  .meta({ id: 'IssuedPermission' })

const cause = z.strictObject({ cause: z.enum(statusCauses), since: time }).meta({
  id: 'StatusCause',
  description: 'Why a status is set. It stays while any cause remains.',
})

const status = z
  .strictObject({
    id,
    revocation: z.array(cause).describe('Empty: it is not revoked.'),
    suspension: z.array(cause).describe('Empty: it is not suspended.'),
    message: z
      .strictObject({ value: count, text: z.string() })
      .nullable()
      .describe('Null if the issuer defines no messages.'),
  })
  .meta({ id: 'CredentialStatus' })

const secured = z.strictObject({ verifiableCredential, forms: securedForms.optional() })

/** What a verdict on a credential and one on a presentation have in common. */
export const verdictMembers = {
  verified: z.boolean().describe('Whether form and proofs are good.'),
  decision: z.enum(['allow', 'deny']).describe('Whether it may be relied on now.'),
  reason: reason.nullable().describe('Why not; null if it may.'),
  statusAge: count
    .nullable()
    .describe('Age in seconds of the oldest status result used; null if none was.'),
  problemDetails: problemDetails.describe('Empty if it may be relied on.'),
}

export const credentialVerdict = z
  .strictObject({
    ...verdictMembers,
    statuses: z
      .array(
        z.strictObject({
          purpose: z.enum(entryPurposes),
          value: count,
          message: z.string().optional(),
        }),
      )
      .optional()
      .describe('Status that denies nothing, such as messages of the issuer.'),
    verifiedDocument: document
      .optional()
      .describe('What was verified, to be used instead of the input. Absent if it was not.'),
  })
  .meta({ id: 'CredentialVerdict' })

export const credentialOperations = {
  'POST /agents/:id/credentials': { id: 'issuePermission', answer: issuedPermission },
  'POST /issuers/:issuer/credentials/issue': {
    id: 'issueCredential',
    answer: secured.meta({ id: 'IssuedCredential' }),
  },
  'POST /credentials/verify': {
    id: 'verifyCredential',
    never: [404, 409],
    answer: credentialVerdict,
    also: {
      400: { description: 'The credential is not verified.', answer: credentialVerdict },
    },
  },
  'POST /credentials/verify/batch': {
    id: 'verifyCredentials',
    never: [404, 409],
    answer: z
      .strictObject({ results: z.array(credentialVerdict).describe('In the order of the input.') })
      .meta({ id: 'CredentialVerdicts' }),
  },
  'POST /credentials/derive': {
    id: 'deriveCredential',
    never: [404, 409],
    answer: z.strictObject({ verifiableCredential }).meta({ id: 'DerivedCredential' }),
  },
  'GET /credentials': {
    id: 'listCredentials',
    answer: pageOf('CredentialPage', credential),
    problems: [404],
  },
  'GET /credentials/:id': { id: 'getCredential', answer: wholeCredential },
  'GET /credentials/:id/status': { id: 'getCredentialStatus', answer: status },
  'POST /credentials/status': {
    id: 'updateCredentialStatus',
    answer: z.strictObject({ items: z.array(status) }).meta({ id: 'CredentialStatuses' }),
  },
  'POST /credentials/:id/suspend': { id: 'suspendCredential', answer: status },
  'POST /credentials/:id/resume': { id: 'resumeCredential', answer: status },
  'POST /credentials/:id/message': { id: 'setCredentialMessage', answer: status },
  'POST /credentials/:id/revoke': { id: 'revokeCredential', answer: status },
} as const satisfies Operations
