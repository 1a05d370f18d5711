import { z } from 'zod'
import { agentKinds, riskTiers } from '../../directory/agent.ts'
import { findings, requestStates } from '../../governance/access-request.ts'
import { requestKinds } from '../../governance/approval-rule.ts'
import { did, id } from '../schemas.ts'
import { usageRecord } from './agents.ts'
import { stage } from './governance-documents.ts'
import { delegationTerms, grants } from './grants.ts'
import type { Operations } from './operation.ts'
import { taskStates } from './tasks.ts'
import { actor, count, pageOf, sha256, time, verifiableCredential } from './values.ts'

const terms = z
  .strictObject({
    audience: z.array(did),
    grants,
    delegation: delegationTerms.optional(),
    lifetimeSeconds: z.int(),
  })
  .meta({ id: 'AccessTerms' })

const members = {
  id,
  kind: z.enum(requestKinds),
  agentId: id,
  taskId: id,
  requester: actor,
  requesterPerson: id.nullable().describe('The person, if a person asked.'),
  entitlement: z
    .string()
    .nullable()
    .describe('The entitlement that covers it, as `name@version`; null if none does.'),
  reason: z.string(),
  terms,
  digest: sha256.describe('What an approval is bound to.'),
  rules: z.array(z.string()).describe('The approval rules that applied, as `name@version`.'),
  stages: z.array(stage).describe('The stages of approval, as they were when it was made.'),
  stage: count.describe('Index of the stage that it waits in.'),
  stageEndsAt: time.nullable(),
  escalated: z.boolean().describe('Whether the stage has been escalated.'),
  state: z.enum(requestStates).describe('Every state except `open` is final.'),
  because: z.string().nullable().describe('Why it was refused.'),
  revision: count.describe('Rises with every change.'),
  edits: count.describe('How often the requester has edited it. A vote states what it saw.'),
  createdAt: time,
  decidedAt: time.nullable(),
  credentialId: id.nullable().describe('The permission that was issued, once it is granted.'),
  finding: z.enum(findings).nullable().describe('Finding of the review afterwards.'),
  reviewedBy: id.nullable(),
  reviewedAt: time.nullable(),
}

export const accessRequest = z.strictObject(members).meta({ id: 'AccessRequest' })

const answeredRequest = z
  .strictObject({
    ...members,
    credential: verifiableCredential
      .optional()
      .describe('The permission, if it was granted at once.'),
  })
  .meta({ id: 'AnsweredAccessRequest' })

const approval = z
  .strictObject({
    requestId: id,
    digest: sha256,
    stage: count,
    personId: id,
    inPlaceOf: id.nullable().describe('The absent approver, if a delegate voted.'),
    comment: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'Approval' })

const dossier = z
  .strictObject({
    agent: z.strictObject({
      id,
      did: did.nullable(),
      name: z.string(),
      kind: z.enum(agentKinds),
      riskTier: z.enum(riskTiers),
      segment: z.string(),
      roles: z.array(z.string()),
    }),
    owner: z.strictObject({ id, name: z.string().optional() }),
    task: z.strictObject({ id, purpose: z.string(), state: z.enum(taskStates) }),
    risk: z
      .strictObject({ level: z.enum(['low', 'medium', 'high']), because: z.array(z.string()) })
      .describe('How much could go wrong. People read it; no decision depends on it.'),
    holds: z
      .array(
        z.strictObject({
          credential: id,
          basis: z.string(),
          grants,
          validUntil: time.nullable(),
        }),
      )
      .describe('The permissions that the agent holds now.'),
    used: z
      .array(usageRecord)
      .describe(
        'How the agent used its permissions in the last 90 days: up to 100 records. `GET /agents/{id}/usage` has all.',
      ),
    approvals: z.array(approval),
  })
  .meta({ id: 'AccessDossier', description: 'What an approver needs to know.' })

export const accessRequestOperations = {
  'POST /requests': { id: 'requestAccess', answer: answeredRequest },
  'GET /requests': {
    id: 'listAccessRequests',
    answer: pageOf('AccessRequestPage', accessRequest),
    problems: [404],
  },
  'GET /requests/:id': {
    id: 'getAccessRequest',
    answer: z.strictObject({ ...members, dossier }).meta({ id: 'DescribedAccessRequest' }),
  },
  'PUT /requests/:id': { id: 'editAccessRequest', answer: accessRequest },
  'POST /requests/:id/approve': { id: 'approveAccessRequest', answer: accessRequest },
  'POST /requests/:id/refuse': { id: 'refuseAccessRequest', answer: accessRequest },
  'POST /requests/:id/withdraw': { id: 'withdrawAccessRequest', answer: accessRequest },
  'POST /requests/:id/review': { id: 'reviewAccessRequest', answer: accessRequest },
} as const satisfies Operations
