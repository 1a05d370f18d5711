import type { RouteKey } from '../access.ts'
import { accessRequestOperations } from './access-requests.ts'
import { agentOperations } from './agents.ts'
import { auditOperations } from './audit.ts'
import { overlayOperations, policyOperations } from './containing.ts'
import { credentialOperations } from './credentials.ts'
import {
  delegationOperations,
  evaluationOperations,
  meterOperations,
  sessionOperations,
} from './deciding.ts'
import { decisionOperations } from './decisions.ts'
import {
  approvalRuleOperations,
  entitlementOperations,
  segmentOperations,
  separationRuleOperations,
} from './governance.ts'
import { handOverOperations } from './hand-over-operations.ts'
import { issuerOperations } from './issuers.ts'
import type { Operation } from './operation.ts'
import { apiKeyOperations, personOperations, systemOperations } from './parties.ts'
import { postureOperations } from './posture.ts'
import { presentationOperations } from './presentations.ts'
import { identifierOperations, publishedOperations, serviceOperations } from './published.ts'
import { reviewOperations } from './reviews.ts'
import { scimOperations } from './scim.ts'
import { taskOperations } from './tasks.ts'

/** The operations by tag, in the order in which the interface is read. */
const byTag = {
  Agents: agentOperations,
  Credentials: credentialOperations,
  Decisions: decisionOperations,
  Presentations: presentationOperations,
  Tasks: taskOperations,
  Delegations: delegationOperations,
  Sessions: sessionOperations,
  Meters: meterOperations,
  Evaluations: evaluationOperations,
  'Access requests': accessRequestOperations,
  Entitlements: entitlementOperations,
  'Approval rules': approvalRuleOperations,
  'Separation rules': separationRuleOperations,
  Segments: segmentOperations,
  Overlays: overlayOperations,
  Policies: policyOperations,
  Reviews: reviewOperations,
  Posture: postureOperations,
  'Hand-overs': handOverOperations,
  Issuers: issuerOperations,
  People: personOperations,
  Systems: systemOperations,
  'API keys': apiKeyOperations,
  'Audit log': auditOperations,
  Identifiers: identifierOperations,
  'Published documents': publishedOperations,
  Provisioning: scimOperations,
  Service: serviceOperations,
} as const

export type Tag = keyof typeof byTag

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never
/** Every route with its row. */
export type OperationTable = Intersection<(typeof byTag)[Tag]>

const rows: ReadonlyMap<string, { readonly tag: Tag; readonly operation: Operation }> = new Map(
  (Object.keys(byTag) as Tag[]).flatMap((tag) =>
    Object.entries<Operation>(byTag[tag]).map(
      ([key, operation]) => [key, { tag, operation }] as const,
    ),
  ),
)

/** The row of a route: tag, operation id, and schemas. types.ts checks that every route has one. */
export const rowOf = (key: RouteKey) => rows.get(key)!

export const tags: Readonly<Record<Tag, string>> = {
  Agents: 'AI agents: their registration, their key, their state, and what they use.',
  Credentials:
    'W3C Verifiable Credentials: task permissions for agents, other credentials, verification, and status.',
  Decisions: 'Whether the presenter of a credential may do what it asks, and the proof of it.',
  Presentations: 'Challenges, and presentations of credentials that answer them.',
  Tasks: 'Tasks, under which permissions are issued and with which they end.',
  Delegations: 'Narrower permissions that an agent gives to another agent.',
  Sessions: 'Decisions on a presentation that was accepted once.',
  Meters: 'Limits of grants, which the service counts for verifiers that decide on their own.',
  Evaluations: 'Decisions in the form of OpenID AuthZEN 1.0.',
  'Access requests': 'Requests for permissions, and their approval.',
  Entitlements: 'What a role gives for which purposes.',
  'Approval rules': 'When a permission needs approval, or is refused.',
  'Separation rules': 'Pairs of duties that no party may have both of.',
  Segments: 'Parts of the organization, the doors between them, and closing them.',
  Overlays: 'Temporary narrowings of what an agent, a task, a segment or an issuer may do.',
  Policies: 'Local policy in Cedar.',
  Reviews: 'Campaigns in which people certify what agents may do.',
  Posture: 'Agents without an owner, and permissions that nobody uses.',
  'Hand-overs': 'Who answers for an agent, and how that changes.',
  Issuers: 'Issuers of this service, and foreign issuers that it trusts.',
  People: 'The people who answer for agents or work with this service.',
  Systems: 'Software that calls this service, and the audiences it represents.',
  'API keys': 'The secrets by which people, systems and agents call this service.',
  'Audit log': 'The append-only log of everything that happened, and proofs about it.',
  Identifiers: 'DID documents, and their resolution.',
  'Published documents': 'Status lists and schemas, open to everyone.',
  Provisioning: 'Users and agents as a directory provisions them, by SCIM 2.0.',
  Service: 'Health, metrics, and this documentation.',
}
