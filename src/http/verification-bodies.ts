import { z } from 'zod'
import { challengeLifetime } from '../presentation/challenge.ts'
import { did, jsonObject, line, seconds, vcOptions } from './schemas.ts'

/** Requests and answers of verification, for the service and the standalone verifier. */

const maxKnownContexts = 16
export const credentialBody = z.strictObject({
  verifiableCredential: jsonObject,
  options: vcOptions
    .extend({ knownContexts: z.array(jsonObject).max(maxKnownContexts).optional() })
    .optional(),
})
export const newChallenge = z.strictObject({
  audience: did,
  lifetimeSeconds: seconds(challengeLifetime.max).optional(),
})
export const observed = z.strictObject({
  sourceIp: line(64, 0).optional(),
  region: line(64, 0).optional(),
  environment: line(64, 0).optional(),
  risk: z.int().min(0).max(100).optional(),
})
const amount = z.int().min(0)
export const amounts = z.strictObject({ bytes: amount.optional(), records: amount.optional() })
const invocation = {
  action: line(64),
  resource: line(2048),
  purpose: line(256),
  datatypes: z.array(line(256)).max(64).readonly().optional(),
  args: jsonObject.optional(),
  amounts: amounts.optional(),
}
export const sessionDecisionBody = z.strictObject({ ...invocation, observed: observed.default({}) })
export const decisionBody = z.strictObject({
  presentation: jsonObject,
  ...invocation,
  observed: observed.default({}),
})
