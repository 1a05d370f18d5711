import { z } from 'zod'
import type { DocumentKind } from '../../governance/document.ts'
import { id } from '../schemas.ts'
import { approvalRule, door, entitlement, segment, separationRule } from './governance-documents.ts'
import type { Operations } from './operation.ts'
import { actor, pageOf, time } from './values.ts'

const versionOf = <K extends DocumentKind, S extends z.ZodType>(name: string, kind: K, body: S) =>
  z
    .strictObject({
      id,
      kind: z.literal(kind),
      name: z.string(),
      version: z.int().min(1).describe('1, 2, … of this name.'),
      body: body.nullable().describe('Null: this version withdraws the document.'),
      createdBy: actor,
      createdAt: time,
    })
    .meta({ id: name })

const entitlementVersion = versionOf('EntitlementVersion', 'entitlement', entitlement)
export const entitlementOperations = {
  'GET /entitlements': {
    id: 'listEntitlements',
    answer: pageOf('EntitlementPage', entitlementVersion),
  },
  'PUT /entitlements/:name': { id: 'putEntitlement', answer: entitlementVersion },
  'DELETE /entitlements/:name': { id: 'withdrawEntitlement', answer: entitlementVersion },
} as const satisfies Operations

const approvalRuleVersion = versionOf('ApprovalRuleVersion', 'approval-rule', approvalRule)
export const approvalRuleOperations = {
  'GET /approval-rules': {
    id: 'listApprovalRules',
    answer: pageOf('ApprovalRulePage', approvalRuleVersion),
  },
  'PUT /approval-rules/:name': { id: 'putApprovalRule', answer: approvalRuleVersion },
  'DELETE /approval-rules/:name': { id: 'withdrawApprovalRule', answer: approvalRuleVersion },
} as const satisfies Operations

const separationRuleVersion = versionOf('SeparationRuleVersion', 'separation-rule', separationRule)
const credentialIds = z.array(z.string())
const violations = z
  .strictObject({
    known: z.boolean().describe('Whether all permissions have been scanned.'),
    violations: z.array(
      z.strictObject({
        party: z
          .string()
          .describe('`agent:` and a DID, or `person:` and the id of their first record.'),
        credentials: z
          .tuple([credentialIds, credentialIds])
          .describe('Own ids of the live credentials, for each duty.'),
      }),
    ),
  })
  .meta({ id: 'SeparationViolations' })
export const separationRuleOperations = {
  'GET /separation-rules': {
    id: 'listSeparationRules',
    answer: pageOf('SeparationRulePage', separationRuleVersion),
  },
  'PUT /separation-rules/:name': { id: 'putSeparationRule', answer: separationRuleVersion },
  'DELETE /separation-rules/:name': {
    id: 'withdrawSeparationRule',
    answer: separationRuleVersion,
  },
  'GET /separation-rules/:name/violations': {
    id: 'listSeparationViolations',
    answer: violations,
  },
} as const satisfies Operations

const segmentVersion = versionOf('SegmentVersion', 'segment', segment)
const doorVersion = versionOf('DoorVersion', 'door', door)
const closure = z
  .strictObject({
    segment: z.string(),
    reason: z.string(),
    closedBy: actor,
    closedAt: time,
    reopenedBy: id.nullable().describe('The person who proposed to reopen it.'),
    proposedAt: time.nullable().describe('When they proposed it.'),
  })
  .meta({ id: 'ClosedSegment' })
const reopening = z
  .strictObject({
    segment: z.string(),
    state: z.enum(['closed', 'open']),
    proposedBy: id.nullable().describe('The first person, while a second one is awaited.'),
  })
  .meta({ id: 'Reopening' })
export const segmentOperations = {
  'GET /segments': { id: 'listSegments', answer: pageOf('SegmentPage', segmentVersion) },
  'PUT /segments/:name': { id: 'putSegment', answer: segmentVersion },
  'DELETE /segments/:name': { id: 'withdrawSegment', answer: segmentVersion },
  'POST /segments/:name/close': { id: 'closeSegment', answer: closure },
  'POST /segments/:name/reopen': { id: 'reopenSegment', answer: reopening },
  'GET /closed-segments': {
    id: 'listClosedSegments',
    answer: z.strictObject({ items: z.array(closure) }).meta({ id: 'ClosedSegments' }),
  },
  'GET /doors': { id: 'listDoors', answer: pageOf('DoorPage', doorVersion) },
  'PUT /doors/:name': { id: 'putDoor', answer: doorVersion },
  'DELETE /doors/:name': { id: 'withdrawDoor', answer: doorVersion },
} as const satisfies Operations
