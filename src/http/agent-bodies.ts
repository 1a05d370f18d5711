import { z } from 'zod'
import { agentKinds, custodies, didMethods, riskTiers } from '../directory/agent.ts'
import { keyKinds } from '../keys/algorithm.ts'
import { permissionLifetime } from '../permission/lifetime.ts'
import {
  did,
  forms,
  id,
  jsonArray,
  jsonObject,
  line,
  name,
  roles,
  seconds,
  text,
} from './schemas.ts'

/** Bodies of the routes about agents. */
export const newAgent = z.strictObject({
  name,
  kind: z.enum(agentKinds).default('company'),
  owner: id,
  deputy: id.nullish(),
  model: line(200).nullish(),
  softwareDigest: z
    .string()
    .regex(/^sha-256:[0-9a-f]{64}$/, 'must be sha-256: and 64 hexadecimal digits')
    .nullish(),
  riskTier: z.enum(riskTiers).default('medium'),
  segment: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 lower-case letters, digits and hyphens')
    .default('default'),
  didMethod: z.enum(didMethods).default('key'),
  custody: z.enum(custodies).default('own'),
  keyKind: z.enum(keyKinds as [(typeof keyKinds)[number]]).default('Ed25519'),
  roles: roles.default([]),
  externalId: name.nullish(),
  lifetimeSeconds: seconds(366 * 86_400).optional(),
})
export const keyProof = z.strictObject({
  publicKeyMultibase: z.string().max(200),
  challenge: z.string().max(200),
  signature: z.string().max(200),
})
export const newPermission = z.strictObject({
  task: id,
  audience: z.array(did).min(1).max(64),
  grants: jsonArray,
  delegation: jsonObject.optional(),
  lifetimeSeconds: seconds(permissionLifetime.max).optional(),
  forms: forms.optional(),
})
export const presentation = z.strictObject({
  credentials: z.array(id).min(1).max(32),
  challenge: z.string().min(1).max(1024),
  domain: did,
})
export const reason = z.strictObject({ reason: text.default('not given') })
