import { z } from 'zod'
import { challengeLifetime } from '../presentation/challenge.ts'
import { did, jsonObject, line, seconds, vcOptions } from './schemas.ts'

/** Requests and answers of verification, for the service and the standalone verifier. */

const maxKnownContexts = 16
export const credentialBody = z.strictObject({
  verifiableCredential: jsonObject.describe('The credential, as its holder got it.'),
  options: vcOptions
    .extend({
      knownContexts: z
        .array(jsonObject)
        .max(maxKnownContexts)
        .optional()
        .describe('Contexts of the document that you know although its proof does not sign them.'),
    })
    .optional(),
})
export const newChallenge = z.strictObject({
  audience: did.describe('The DID that the presentation will be made for.'),
  lifetimeSeconds: seconds(challengeLifetime.max)
    .optional()
    .describe('How long the challenge is valid.'),
})
export const observed = z
  .strictObject({
    sourceIp: line(64, 0).optional().describe('The address that the request came from.'),
    region: line(64, 0).optional(),
    environment: line(64, 0).optional(),
    risk: z.int().min(0).max(100).optional().describe('0 is none.'),
  })
  .meta({
    id: 'Observed',
    description: 'What the verifier itself observed; never what the agent claims.',
  })
const amount = z.int().min(0)
export const amounts = z
  .strictObject({ bytes: amount.optional(), records: amount.optional() })
  .meta({ id: 'Amounts', description: 'How much the act is about, for grants that limit it.' })
const invocation = {
  action: line(64).describe('What the agent asks to do, as in a grant.'),
  resource: line(2048).describe('What it asks to do it with, as the location of a grant.'),
  purpose: line(256).describe('What for: the purpose of the task.'),
  datatypes: z
    .array(line(256))
    .max(64)
    .readonly()
    .optional()
    .describe('The types of data it asks for.'),
  args: jsonObject.optional().describe('The arguments of the act, for grants that limit them.'),
  amounts: amounts.optional(),
}
export const sessionDecisionBody = z.strictObject({ ...invocation, observed: observed.default({}) })
export const decisionBody = z.strictObject({
  presentation: jsonObject.describe('The presentation, as the agent sent it.'),
  ...invocation,
  observed: observed.default({}),
})
