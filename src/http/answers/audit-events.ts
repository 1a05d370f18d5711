import { z } from 'zod'
import { id } from '../schemas.ts'
import { actor, asDocument, document, time } from './values.ts'

/** An event as the log commits to it. */
export const auditEvent = asDocument(
  z
    .strictObject({
      id,
      at: time,
      type: z.string(),
      actor,
      facts: document.describe('What happened; the members depend on the type.'),
      origin: asDocument(
        z.strictObject({
          address: z.string().nullable(),
          authority: z
            .string()
            .nullable()
            .describe('`api-key:` and its id, or the verification method that signed.'),
          request: id,
        }),
      ).optional(),
    })
    .meta({ id: 'AuditEvent' }),
)
