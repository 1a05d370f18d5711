import { z } from 'zod'
import { id } from '../schemas.ts'
import { auditEvent } from './audit-events.ts'
import type { Operations } from './operation.ts'
import { reason } from './refusals.ts'
import { asDocument, count } from './values.ts'

const traceLine = z
  .strictObject({
    check: z.string().describe('The check, in words.'),
    outcome: z.union([z.literal('passed'), reason]),
    detail: z.string().optional(),
  })
  .meta({ id: 'TraceLine' })

const trace = z.array(traceLine).describe('The checks in the order they were made.')

const lackingPermission = asDocument(
  z.strictObject({
    audience: z.array(z.string()).optional(),
    task: z.strictObject({ purpose: z.string() }),
    grants: z.array(
      z.strictObject({
        locations: z.array(z.string()),
        actions: z.array(z.string()),
        datatypes: z.array(z.string()).optional(),
      }),
    ),
  }),
)

const remedy = z
  .strictObject({
    permission: lackingPermission.describe('Members of a permission that would cover the request.'),
    at: z.string().optional().describe('Where permissions are issued.'),
  })
  .meta({ id: 'Remedy' })

const decisionId = id.optional().describe('Names the decision when its proof is asked for.')

export const allowed = z
  .strictObject({
    decision: z.literal('allow'),
    id: decisionId,
    grant: z.string().describe('Id of the grant that covers the act.'),
    credential: z.string().describe("The credential's own id."),
    statusAge: count.describe('Age in seconds of the oldest status result used.'),
    reservation: id
      .optional()
      .describe(
        'What was counted: commit or release it after the act. Absent for a grant without limits.',
      ),
    trace,
  })
  .meta({ id: 'Allowed' })

export const denied = z
  .strictObject({
    decision: z.literal('deny'),
    id: decisionId,
    reason,
    detail: z.string(),
    statusAge: count.nullable().describe('Null if no status was read.'),
    remedy: remedy
      .optional()
      .describe('How the agent could get what it lacks. Absent if it could not.'),
    trace,
  })
  .meta({ id: 'Denied' })

export const decision = z.discriminatedUnion('decision', [allowed, denied]).meta({
  id: 'Decision',
  description: 'Allow, with the grant that covers the act; or deny, with the reason.',
})

const proof = z
  .strictObject({
    event: auditEvent.describe('The recorded decision, with the digests of chain and status.'),
    salt: z.string().describe('16 bytes in base64url, without which nobody can guess the event.'),
    sequence: count.describe('Place of the event in the log.'),
    inclusion: z.array(z.string()).describe('Hashes in base64, from the event up to the root.'),
    checkpoint: z.string().describe('A C2SP signed note.'),
    verifierKey: z.string().describe('Verifies the checkpoint.'),
  })
  .meta({ id: 'DecisionProof' })

export const decisionOperations = {
  'POST /decisions': { id: 'decide', answer: decision, never: [404] },
  'GET /decisions/:id/proof': { id: 'getDecisionProof', answer: proof },
} as const satisfies Operations
