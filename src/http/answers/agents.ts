import { z } from 'zod'
import { agentKinds, custodies, didMethods, riskTiers } from '../../directory/agent.ts'
import {
  agentStates,
  type SuspensionCause,
  suspensionCauseNames,
} from '../../directory/lifecycle.ts'
import { keyKinds } from '../../keys/algorithm.ts'
import { grantTypeNames } from '../grant-schemas.ts'
import { did, id } from '../schemas.ts'
import { handOver } from './hand-overs.ts'
import type { Operations } from './operation.ts'
import { actor, count, pageOf, sha256, time } from './values.ts'

const described = {
  name: z.string(),
  kind: z
    .enum(agentKinds)
    .describe('`employee`: it acts for its owner alone, and never exceeds their roles.'),
  model: z.string().nullable().describe('The language model it runs on, as its owner states it.'),
  riskTier: z.enum(riskTiers),
  segment: z.string().describe('The part of the organization that it belongs to.'),
  roles: z.array(z.string()).describe('What it is used for. Entitlements give grants to roles.'),
  didMethod: z.enum(didMethods),
  custody: z
    .enum(custodies)
    .describe('`own`: the agent keeps its key. `service`: the key is sealed here and only signs.'),
  did: did.nullable().describe('Assigned once the agent has proved that it holds its key.'),
  state: z.enum(agentStates),
}

const members = {
  id,
  ...described,
  owner: id.describe('The person answerable for the agent.'),
  deputy: id.nullable().describe('Takes over when the owner leaves.'),
  softwareDigest: sha256.nullable().describe('Digest of its software, as its owner states it.'),
  externalId: z.string().nullable().describe('Its identifier in the directory that provisions it.'),
  keyKind: z.enum(keyKinds),
  endsAt: time.nullable().describe('When the service retires an ephemeral agent.'),
  createdAt: time,
  lastActiveAt: time.describe('When it was last allowed something, or else registered or resumed.'),
  dormantSince: time
    .nullable()
    .describe('When it was suspended for lack of use; null if it was not.'),
  suspendedBy: z
    .enum(suspensionCauseNames as [SuspensionCause])
    .nullable()
    .describe(
      'What suspended it. Its owner or deputy lifts `owner`, `disuse` and `owner-left`, a directory `directory` and `owner-left`, an administrator all.',
    ),
}

export const agent = z.strictObject(members).meta({ id: 'Agent' })

/** With the pending offer. */
export const offeredAgent = z
  .strictObject({
    ...members,
    handOver: handOver.nullable().describe('The pending offer, if any.'),
  })
  .meta({ id: 'OfferedAgent' })

const keyChallenge = z
  .string()
  .describe('The agent signs it to prove its key. It is valid for 15 minutes.')

const registeredAgent = z
  .strictObject({
    ...offeredAgent.shape,
    keyChallenge: keyChallenge
      .optional()
      .describe('The agent signs it to prove its key. Absent if its key is kept here.'),
  })
  .meta({ id: 'RegisteredAgent' })

/** What of an agent works at that moment, by kind. */
export const holdings = z
  .strictObject({
    credentials: count,
    delegations: count.describe('Delegations of its credentials that the service prepared.'),
    sessions: count,
    apiKeys: count,
    keys: count.describe('Private keys kept here.'),
  })
  .meta({ id: 'Holdings' })

/** What the service shows to a person who is asked to become an agent's owner or deputy. */
export const agentSummary = z
  .strictObject({ ...described, holds: holdings })
  .meta({ id: 'AgentSummary' })

export const usageRecord = z
  .strictObject({
    agentId: id,
    type: z.enum(grantTypeNames),
    action: z.string(),
    location: z.string(),
    count: count.describe('How often it was allowed.'),
    lastUsedAt: time,
  })
  .meta({ id: 'UsageRecord' })

const usage = z
  .strictObject({
    items: z.array(usageRecord),
    next: z
      .string()
      .nullable()
      .describe('Pass it as `after` to get the next page. Null: this is the last page.'),
  })
  .meta({ id: 'AgentUsage' })

const retirement = z
  .strictObject({
    agent: id,
    did: z.string().nullable(),
    retired: z
      .strictObject({
        at: time,
        by: actor,
        reason: z.string(),
        sequence: count.describe('Place of the event in the audit log.'),
      })
      .nullable()
      .describe('From the audit log; null until the event has its place there.'),
    left: holdings.describe('What of the agent still works.'),
    isClean: z.boolean().describe('Whether nothing of the agent works any more.'),
  })
  .meta({ id: 'Retirement' })

export const agentOperations = {
  'POST /agents': { id: 'registerAgent', answer: registeredAgent },
  'GET /agents': { id: 'listAgents', answer: pageOf('AgentPage', agent) },
  'GET /agents/:id': { id: 'getAgent', answer: agent },
  'POST /agents/:id/key-challenge': {
    id: 'requestKeyChallenge',
    answer: z.strictObject({ keyChallenge }).meta({ id: 'KeyChallenge' }),
  },
  'POST /agents/:id/activate': { id: 'activateAgent', answer: agent },
  'POST /agents/:id/confirm': { id: 'confirmAgent', answer: agent },
  'POST /agents/:id/rotate-key': { id: 'rotateAgentKey', answer: agent },
  'POST /agents/:id/suspend': { id: 'suspendAgent', answer: agent },
  'POST /agents/:id/resume': { id: 'resumeAgent', answer: agent },
  'POST /agents/:id/retire': { id: 'retireAgent', answer: agent },
  'PUT /agents/:id/roles': { id: 'assignAgentRoles', answer: agent },
  'GET /agents/:id/usage': { id: 'getAgentUsage', answer: usage },
  'GET /agents/:id/retirement': { id: 'getAgentRetirement', answer: retirement, problems: [409] },
} as const satisfies Operations
