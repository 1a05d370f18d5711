import { z } from 'zod'
import { agentKinds, custodies, didMethods, riskTiers } from '../directory/agent.ts'
import { keyKinds } from '../keys/algorithm.ts'
import { permissionLifetime } from '../permission/lifetime.ts'
import { delegationTerms, grants } from './grant-schemas.ts'
import { did, forms, id, line, name, roles, seconds, text } from './schemas.ts'

/** Bodies of the routes about agents. */
export const newAgent = z.strictObject({
  name,
  kind: z
    .enum(agentKinds)
    .default('company')
    .describe('`employee`: it acts for its owner alone, and never exceeds their roles.'),
  owner: id.describe('The person answerable for the agent.'),
  deputy: id.nullish().describe('The person who takes over when the owner leaves.'),
  model: line(200).nullish().describe('The language model it runs on.'),
  softwareDigest: z
    .string()
    .regex(/^sha-256:[0-9a-f]{64}$/, 'must be sha-256: and 64 hexadecimal digits')
    .nullish()
    .describe('Digest of its software.'),
  riskTier: z
    .enum(riskTiers)
    .default('medium')
    .describe('Approval rules and reviews depend on it. Only an administrator sets `low`.'),
  segment: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 lower-case letters, digits and hyphens')
    .default('default')
    .describe('The part of the organization that it belongs to.'),
  didMethod: z
    .enum(didMethods)
    .default('key')
    .describe('`key`: the DID is the key. `web`: the DID stays when the key is replaced.'),
  custody: z
    .enum(custodies)
    .default('own')
    .describe('`own`: the agent keeps its key. `service`: the key is sealed here.'),
  keyKind: z.enum(keyKinds as [(typeof keyKinds)[number]]).default('Ed25519'),
  roles: roles.default([]).describe('Roles, to which entitlements give grants.'),
  externalId: name.nullish().describe('Its identifier in your directory.'),
  lifetimeSeconds: seconds(366 * 86_400)
    .optional()
    .describe('After this time the agent is retired. Absent: it stays.'),
})
export const keyProof = z.strictObject({
  publicKeyMultibase: z.string().max(200).describe('The public key as a Multikey, z….'),
  challenge: z.string().max(200).describe('The keyChallenge.'),
  signature: z
    .string()
    .max(200)
    .describe('The signature in base64url over the text that the SDK’s proveKey writes.'),
})
export const newPermission = z.strictObject({
  task: id.describe('The task that it is for, and ends with.'),
  audience: z.array(did).min(1).max(64).describe('The systems that may rely on it.'),
  grants,
  delegation: delegationTerms.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max)
    .optional()
    .describe('An hour if absent, and no longer than the task.'),
  forms: forms.optional().describe("Further forms, besides the issuer's own."),
})
export const presentation = z.strictObject({
  credentials: z.array(id).min(1).max(32).describe('Ids of credentials that the agent holds.'),
  challenge: z.string().min(1).max(1024).describe('The challenge of the verifier.'),
  domain: did.describe('The DID of the verifier.'),
})
export const reason = z.strictObject({ reason: text.default('not given') })
