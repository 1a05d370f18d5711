import { z } from 'zod'
import { auditEvent } from './audit-events.ts'
import type { Operations } from './operation.ts'
import { count } from './values.ts'

const note = z.string().describe('The newest checkpoint: a C2SP signed note.')
const hashes = (description: string) => z.array(z.string()).describe(description)

const events = z
  .strictObject({
    events: z.array(
      z.strictObject({
        sequence: count.describe('Place of the event in the log.'),
        commitment: z.string().describe('What the log holds for the event, in base64url.'),
        salt: z.string().nullable().describe('Null if the event has been erased.'),
        event: auditEvent.nullable().describe('Null if it has been erased.'),
      }),
    ),
    next: count
      .nullable()
      .describe('Pass it as `from` to get the next page. Null: this is the last.'),
  })
  .meta({ id: 'AuditPage' })

const inclusion = z
  .strictObject({
    sequence: count,
    size: count.describe('How many events the checkpoint covers.'),
    commitment: z.string().describe('What the log holds for the event, in base64.'),
    proof: hashes('Hashes in base64 that lead from it to the root (RFC 6962).'),
    checkpoint: note,
  })
  .meta({ id: 'InclusionProof' })

const consistency = z
  .strictObject({
    from: count,
    to: count.describe('How many events the checkpoint covers.'),
    proof: hashes('Hashes in base64 that lead from the older root to the newer one (RFC 6962).'),
    checkpoint: note,
  })
  .meta({ id: 'ConsistencyProof' })

const checkpoint = z
  .strictObject({
    checkpoint: note,
    verifierKey: z.string().describe('Verifies the checkpoint. Keep it from a source you trust.'),
  })
  .meta({ id: 'Checkpoint' })

const auditStream = z
  .strictObject({
    name: z.string(),
    next: count.describe('Sequence of the first event that the collector has not taken.'),
  })
  .meta({
    id: 'AuditStream',
    description: 'How far a collector, such as a SIEM, has taken the log.',
  })

export const auditOperations = {
  'GET /audit': { id: 'listAuditEvents', answer: events },
  'GET /audit/checkpoint': { id: 'getCheckpoint', answer: checkpoint, problems: [404] },
  'GET /audit/consistency-proof': {
    id: 'getConsistencyProof',
    answer: consistency,
    problems: [404],
  },
  'GET /audit/streams/:name': { id: 'getAuditStream', answer: auditStream },
  'POST /audit/streams/:name': { id: 'moveAuditStream', answer: auditStream },
  'DELETE /audit/streams/:name': { id: 'deleteAuditStream', answer: auditStream },
  'GET /audit/inclusion-proof': { id: 'getInclusionProof', answer: inclusion, problems: [404] },
} as const satisfies Operations
