import { z } from 'zod'
import { agentKinds, riskTiers } from '../../directory/agent.ts'
import { requestKinds } from '../../governance/approval-rule.ts'
import { grantTypeNames } from '../grant-schemas.ts'
import { did, id } from '../schemas.ts'
import { delegationTerms, grants } from './grants.ts'

/** The bodies of the governance documents, as they are stored. */

export const grantPattern = z
  .strictObject({
    type: z.enum(grantTypeNames),
    actions: z.array(z.string()).optional(),
    locations: z.array(z.string()).optional(),
  })
  .meta({
    id: 'GrantPattern',
    description: 'Matches some grants. Members that are absent restrict nothing.',
  })
const patterns = z.array(grantPattern)

export const approvers = z
  .strictObject({
    people: z.array(id).optional(),
    roles: z.array(z.string()).optional().describe('Roles in the organization.'),
  })
  .meta({ id: 'Approvers', description: 'Named people, or people with one of the roles.' })

export const stage = z
  .strictObject({
    name: z.string(),
    approvers,
    quorum: z.int().min(1).describe('How many different people must approve.'),
    deadlineSeconds: z.int().min(1),
    escalation: z
      .strictObject({ approvers, deadlineSeconds: z.int().min(1) })
      .optional()
      .describe('Who may approve too once the deadline has passed. Absent: the request expires.'),
  })
  .meta({ id: 'ApprovalStage' })

export const entitlement = z
  .strictObject({
    roles: z.array(z.string()).describe('Agents with one of these roles have it.'),
    purposes: z.array(z.string()).describe('Purposes of the tasks that it is for.'),
    audience: z.array(did),
    grants,
    delegation: delegationTerms.optional(),
    maxLifetimeSeconds: z.int().min(1),
  })
  .meta({ id: 'Entitlement' })

export const approvalRule = z
  .strictObject({
    when: z
      .strictObject({
        grants: patterns.optional(),
        riskTiers: z.array(z.enum(riskTiers)).optional(),
        agentKinds: z.array(z.enum(agentKinds)).optional(),
        segments: z.array(z.string()).optional(),
        purposes: z.array(z.string()).optional(),
        kinds: z.array(z.enum(requestKinds)).optional(),
        delegable: z.boolean().optional().describe('Whether the permission may be delegated.'),
      })
      .describe('All conditions must hold. None: the rule always applies.'),
    outcome: z.enum(['ask', 'refuse']),
    stages: z.array(stage).describe('In order, each approved by people who approved in no other.'),
  })
  .meta({ id: 'ApprovalRule' })

const side = z
  .strictObject({
    name: z.string(),
    grants: patterns.optional(),
    roles: z.array(z.string()).optional(),
  })
  .meta({
    id: 'Duty',
    description: 'A party has it through one of the roles, or by holding one of the grants.',
  })

export const separationRule = z
  .strictObject({
    sides: z.tuple([side, side]).describe('Two duties that no party may have both of.'),
    party: z
      .enum(['agent', 'person'])
      .describe('Each agent, or the human beings behind the agents.'),
    transaction: z
      .string()
      .optional()
      .describe(
        'JSON pointer to an argument of the act: a party may perform only one duty for each value of it.',
      ),
  })
  .meta({ id: 'SeparationRule' })

export const segment = z
  .strictObject({
    issuers: z.array(did),
    audiences: z.array(did).describe('Verifiers that are not agents of this service.'),
    resources: patterns,
    owners: z.array(id).describe('People who may close it, besides administrators.'),
  })
  .meta({ id: 'Segment' })

export const door = z
  .strictObject({
    from: z.string(),
    to: z.string(),
    grants: patterns.optional().describe('What may cross. Absent: everything.'),
  })
  .meta({ id: 'Door' })
