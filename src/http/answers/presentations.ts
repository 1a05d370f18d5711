import { z } from 'zod'
import { did } from '../schemas.ts'
import { verdictMembers } from './credentials.ts'
import type { Operations } from './operation.ts'
import { problemDetails } from './refusals.ts'
import { document, time, verifiablePresentation } from './values.ts'

const challenge = z
  .strictObject({
    challenge: z.string().describe('The presentation must name it as its challenge.'),
    domain: did.describe('The presentation must name it as its domain.'),
    expiresAt: time,
  })
  .meta({ id: 'Challenge' })

const verdict = z
  .strictObject({
    ...verdictMembers,
    holder: z.string().nullable().describe('The DID that signed it; null if it could not be read.'),
    credentials: z
      .array(
        z.strictObject({
          verified: z.boolean(),
          verifiedDocument: document.optional(),
          problemDetails,
        }),
      )
      .describe('A result for each credential, in their order.'),
  })
  .meta({ id: 'PresentationVerdict' })

export const presentationOperations = {
  'POST /challenges': { id: 'createChallenge', answer: challenge, never: [404, 409, 422] },
  'POST /agents/:id/presentations': {
    id: 'createPresentation',
    answer: z.strictObject({ verifiablePresentation }).meta({ id: 'CreatedPresentation' }),
  },
  'POST /presentations/verify': {
    id: 'verifyPresentation',
    never: [404],
    answer: verdict,
    also: { 400: { description: 'The presentation is not verified.', answer: verdict } },
  },
  'POST /presentations/verify/batch': {
    id: 'verifyPresentations',
    never: [404],
    answer: z
      .strictObject({ results: z.array(verdict).describe('In the order of the input.') })
      .meta({ id: 'PresentationVerdicts' }),
  },
} as const satisfies Operations
