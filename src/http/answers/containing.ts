import { z } from 'zod'
import { overlayScopes } from '../../permission/overlay.ts'
import { did, id } from '../schemas.ts'
import { grants } from './grants.ts'
import type { Operations } from './operation.ts'
import { actor, anyDid, count, pageOf, time } from './values.ts'

/** Overlays and local policies. */

const overlay = z
  .strictObject({
    id,
    scope: z.strictObject({
      kind: z.enum(overlayScopes),
      value: z.string().describe('A DID for agent and issuer, an id for a task, a name otherwise.'),
    }),
    audience: did
      .nullable()
      .describe('It applies only to requests to this audience; null: to all.'),
    grants: grants.describe('The grants that remain. Empty: nothing remains.'),
    reason: z.string(),
    createdBy: actor,
    createdAt: time,
    endsAt: time,
    endedAt: time.nullable().describe('When somebody ended it early.'),
  })
  .meta({ id: 'Overlay' })

export const overlayOperations = {
  'POST /overlays': { id: 'createOverlay', answer: overlay },
  'GET /overlays': { id: 'listOverlays', answer: pageOf('OverlayPage', overlay) },
  'POST /overlays/:id/end': { id: 'endOverlay', answer: overlay },
} as const satisfies Operations

const policy = z
  .strictObject({
    id,
    name: z.string(),
    version: z.int().min(1).describe('1, 2, … of this name.'),
    body: z.string().nullable().describe('Cedar. Null: this version withdraws the policy.'),
    createdBy: actor,
    createdAt: time,
  })
  .meta({ id: 'PolicyVersion' })

const verdict = z.enum(['permitted', 'forbidden', 'unmentioned', 'failed'])

const trial = z
  .strictObject({
    asked: count.describe('How many recorded decisions reached local policy.'),
    flips: z
      .array(
        z.strictObject({
          event: id,
          holder: anyDid,
          audience: anyDid,
          action: z.string(),
          resource: z.string(),
          before: verdict,
          after: verdict,
          by: z.array(z.string()).describe('Ids of the policies that decide now.'),
        }),
      )
      .describe('Up to 100 that would be answered differently.'),
  })
  .meta({ id: 'PolicyTrial' })

export const policyOperations = {
  'GET /policies': { id: 'listPolicies', answer: pageOf('PolicyPage', policy) },
  'PUT /policies/:name': { id: 'putPolicy', answer: policy },
  'DELETE /policies/:name': { id: 'withdrawPolicy', answer: policy },
  'POST /policies/trial': { id: 'tryPolicy', answer: trial },
} as const satisfies Operations
