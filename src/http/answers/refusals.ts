import { z } from 'zod'
import { type Reason, reasons } from '../../foundation/refusal.ts'

/** A closed list: docs/reasons.md explains each. */
export const reason = z
  .enum(Object.keys(reasons) as [Reason])
  .meta({ id: 'Reason', description: 'Why something was refused. docs/reasons.md explains each.' })

/** A refusal in the form of the W3C endpoints. */
export const refusal = z
  .strictObject({
    type: z.string().describe('A URL that names the kind of problem (VC Data Model 2.0, 7.1).'),
    title: z.string(),
    detail: z.string(),
    reason,
  })
  .meta({ id: 'Refusal' })

export const problemDetails = z.array(refusal)
