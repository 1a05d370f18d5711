import { z } from 'zod'
import { agentKinds, riskTiers } from '../directory/agent.ts'
import { ServiceError } from '../foundation/errors.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { type ApprovalRule, requestKinds } from '../governance/approval-rule.ts'
import type { Entitlement } from '../governance/entitlement.ts'
import { type GrantPattern, normalPattern } from '../governance/grant-pattern.ts'
import type { Door, Segment } from '../governance/segment.ts'
import type { SeparationRule, Side } from '../governance/separation-rule.ts'
import { grantsOf } from '../permission/grants-of.ts'
import { parseDelegation } from '../permission/parse-permission.ts'
import { delegationTerms, grants, grantTypeNames } from './grant-schemas.ts'
import { did, id, line, purpose, roles, seconds, slug } from './schemas.ts'

/** The governance documents in requests, and the types they are parsed into. */

const pattern = z.strictObject({
  type: z.enum(grantTypeNames),
  actions: z.array(line(64)).min(1).max(32).optional(),
  locations: z.array(line(2048)).min(1).max(32).optional(),
})
const patterns = z.array(pattern).min(1).max(32)

export const approvers = z
  .strictObject({
    people: z.array(id).min(1).max(50).optional(),
    roles: roles.min(1).optional(),
  })
  .refine(({ people, roles }) => people ?? roles, 'must name people or roles')
const week = 7 * 86_400
const stage = z.strictObject({
  name: line(100),
  approvers,
  quorum: z.int().min(1).max(10).default(1).describe('How many different people must approve.'),
  deadlineSeconds: seconds(4 * week).default(week),
  escalation: z
    .strictObject({ approvers, deadlineSeconds: seconds(4 * week) })
    .optional()
    .describe('Who may approve too once the deadline has passed. Absent: the request expires.'),
})

export const approvalRuleBody = z
  .strictObject({
    when: z
      .strictObject({
        grants: patterns.optional(),
        riskTiers: z.array(z.enum(riskTiers)).min(1).optional(),
        agentKinds: z.array(z.enum(agentKinds)).min(1).optional(),
        segments: z.array(slug).min(1).max(50).optional(),
        purposes: z.array(purpose).min(1).max(50).optional(),
        kinds: z.array(z.enum(requestKinds)).min(1).optional(),
        delegable: z.boolean().optional().describe('Whether the permission may be delegated.'),
      })
      .default({})
      .describe('All conditions must hold. None: the rule always applies.'),
    outcome: z.enum(['ask', 'refuse']).describe('Whether the rule asks for approvals, or refuses.'),
    stages: z
      .array(stage)
      .max(10)
      .default([])
      .describe('In order, each approved by people who approved in no other.'),
  })
  .refine(
    ({ outcome, stages }) => (outcome === 'ask') === stages.length > 0,
    'a rule that asks has stages, and a rule that refuses has none',
  )

export const readApprovalRule = ({
  when,
  ...rest
}: z.output<typeof approvalRuleBody>): ApprovalRule => ({
  ...rest,
  when: { ...when, grants: when.grants?.map(readPattern) },
})

export const entitlementBody = z.strictObject({
  roles: roles.min(1).describe('Agents with one of these roles have it.'),
  purposes: z.array(purpose).min(1).max(50).describe('Purposes of the tasks that it is for.'),
  audience: z.array(did).min(1).max(64).describe('The systems that may rely on it.'),
  grants,
  delegation: delegationTerms.optional(),
  maxLifetimeSeconds: seconds(86_400)
    .default(3600)
    .describe('The longest lifetime of a permission under this entitlement.'),
})

/** @throws ServiceError `permission_invalid`. */
export function readEntitlement(body: z.output<typeof entitlementBody>): Entitlement {
  if (grantsOf(body.grants).length === 0)
    throw new ServiceError('permission_invalid', 'an entitlement needs grants')
  const delegation = body.delegation && parseDelegation(body.delegation)
  if (delegation && isRefusal(delegation))
    throw new ServiceError('permission_invalid', delegation.detail)
  return body
}

const side = z
  .strictObject({
    name: line(100),
    grants: patterns.optional(),
    roles: roles.min(1).optional(),
  })
  .refine(({ grants, roles }) => grants ?? roles, 'must name grants or roles')
export const separationRuleBody = z.strictObject({
  sides: z.tuple([side, side]).describe('Two duties that no party may have both of.'),
  party: z
    .enum(['agent', 'person'])
    .default('person')
    .describe('Each agent, or the human beings behind the agents.'),
  transaction: z
    .string()
    .max(512)
    .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a JSON pointer that begins with /')
    .optional()
    .describe(
      'JSON pointer to an argument of the act: a party may perform only one duty for each value of it.',
    ),
})

export function readSeparationRule({
  sides: [one, other],
  ...rest
}: z.output<typeof separationRuleBody>): SeparationRule {
  const read = ({ grants, ...rest }: z.output<typeof side>): Side => ({
    ...rest,
    grants: grants?.map(readPattern),
  })
  return { ...rest, sides: [read(one), read(other)] }
}

export const segmentBody = z.strictObject({
  issuers: z.array(did).max(100).default([]),
  audiences: z
    .array(did)
    .max(1000)
    .default([])
    .describe('Verifiers that are not agents of this service.'),
  resources: z.array(pattern).max(200).default([]),
  owners: z
    .array(id)
    .max(50)
    .default([])
    .describe('People who may close it, besides administrators.'),
})

export const readSegment = (body: z.output<typeof segmentBody>): Segment => ({
  ...body,
  resources: body.resources.map(readPattern),
})

export const doorBody = z.strictObject({
  from: slug.describe('Name of the segment that authority leaves.'),
  to: slug.describe('Name of the segment that it enters.'),
  grants: patterns.optional().describe('What may cross. Absent: everything.'),
})

export const readDoor = (body: z.output<typeof doorBody>): Door => ({
  ...body,
  grants: body.grants?.map(readPattern),
})

/** @throws ServiceError `request_unprocessable` if a location or action is invalid for its type. */
export function readPattern(given: z.output<typeof pattern>): GrantPattern {
  const normal = normalPattern(given)
  if (!normal)
    throw new ServiceError(
      'request_unprocessable',
      `not a location or action of type ${given.type}`,
    )
  return normal
}
