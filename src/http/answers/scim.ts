import { z } from 'zod'
import { agentKinds, riskTiers } from '../../directory/agent.ts'
import { agentStates } from '../../directory/lifecycle.ts'
import { id } from '../schemas.ts'
import { agentExtension, agentSchema, userSchema } from '../scim/resources.ts'
import type { Operations } from './operation.ts'
import { anyDid, count, document, time } from './values.ts'

/** Answers in the form of SCIM (RFC 7643, RFC 7644). */

const scim = <S extends z.ZodType>(schema: S) => ({ 'application/scim+json': schema })

const meta = z.strictObject({ resourceType: z.string(), created: time, location: z.string() })
const values = z.array(z.strictObject({ value: z.string() }))

const user = z
  .strictObject({
    schemas: z.array(z.literal(userSchema)),
    id,
    externalId: z.string().optional(),
    userName: z.string(),
    displayName: z.string(),
    name: z.strictObject({ formatted: z.string() }),
    active: z.boolean().describe('False: the person has left, permanently.'),
    emails: z
      .array(z.strictObject({ value: z.string(), type: z.string(), primary: z.boolean() }))
      .optional(),
    roles: values,
    meta,
  })
  .meta({ id: 'ScimUser' })

const agent = z
  .strictObject({
    schemas: z.array(z.enum([agentSchema, agentExtension])),
    id,
    externalId: z.string().optional(),
    name: z.string(),
    displayName: z.string(),
    agentType: z.enum(agentKinds),
    active: z.boolean().describe('False: the agent is suspended.'),
    owners: z
      .array(z.strictObject({ value: id, $ref: z.string() }))
      .describe('The owner, and then the deputy if there is one.'),
    roles: values,
    meta,
    [agentExtension]: z.strictObject({
      state: z.enum(agentStates),
      did: anyDid.nullable(),
      riskTier: z.enum(riskTiers),
      segment: z.string(),
      keyChallenge: z.string().optional(),
    }),
  })
  .meta({ id: 'ScimAgent' })

const listOf = <S extends z.ZodType>(name: string, item: S) =>
  scim(
    z
      .strictObject({
        schemas: z.array(z.literal('urn:ietf:params:scim:api:messages:2.0:ListResponse')),
        totalResults: count,
        startIndex: z.int().min(1),
        itemsPerPage: count,
        Resources: z.array(item),
      })
      .meta({ id: name }),
  )

const newUser = scim(
  z
    .object({
      userName: z.string(),
      externalId: z.string().optional(),
      displayName: z.string().optional(),
      name: z.object({ formatted: z.string().optional() }).optional(),
      active: z.boolean().optional(),
      emails: z
        .array(z.object({ value: z.string(), primary: z.boolean().optional() }))
        .max(20)
        .optional()
        .describe(
          'All addresses are compared to find records of the same human being. Answers show the primary one.',
        ),
      roles: values.optional(),
    })
    .meta({ id: 'NewScimUser', description: 'Attributes that are not stored are ignored.' }),
)

const newAgent = scim(
  z
    .object({
      name: z.string(),
      externalId: z.string().optional(),
      agentType: z.enum(agentKinds).optional(),
      active: z.boolean().optional(),
      owners: z
        .array(z.object({ value: id }))
        .min(1)
        .max(2)
        .describe('The owner, and then the deputy if there is one.'),
      roles: values.optional(),
      [agentExtension]: document
        .optional()
        .describe('riskTier, segment, didMethod, custody, keyKind and lifetimeSeconds.'),
    })
    .meta({ id: 'NewScimAgent', description: 'Attributes that are not stored are ignored.' }),
)

const change = scim(
  z
    .object({
      schemas: z.array(z.string()).optional(),
      Operations: z
        .array(
          z.object({
            op: z.string().describe('add, replace or remove.'),
            path: z.string().optional(),
            value: z.unknown().optional(),
          }),
        )
        .min(1)
        .max(100),
    })
    .meta({ id: 'ScimPatch' }),
)

const described = (name: string) => document.meta({ id: name })

export const scimOperations = {
  'GET /scim/v2/Users': { id: 'listScimUsers', answer: listOf('ScimUserList', user) },
  'POST /scim/v2/Users': { id: 'createScimUser', answer: scim(user), body: newUser },
  'GET /scim/v2/Users/:id': { id: 'getScimUser', answer: scim(user) },
  'PUT /scim/v2/Users/:id': { id: 'replaceScimUser', answer: scim(user), body: newUser },
  'PATCH /scim/v2/Users/:id': { id: 'updateScimUser', answer: scim(user), body: change },
  'DELETE /scim/v2/Users/:id': { id: 'deleteScimUser', answer: null },
  'GET /scim/v2/Agents': { id: 'listScimAgents', answer: listOf('ScimAgentList', agent) },
  'POST /scim/v2/Agents': { id: 'createScimAgent', answer: scim(agent), body: newAgent },
  'GET /scim/v2/Agents/:id': { id: 'getScimAgent', answer: scim(agent) },
  'PUT /scim/v2/Agents/:id': { id: 'replaceScimAgent', answer: scim(agent), body: newAgent },
  'PATCH /scim/v2/Agents/:id': { id: 'updateScimAgent', answer: scim(agent), body: change },
  'DELETE /scim/v2/Agents/:id': { id: 'deleteScimAgent', answer: null },
  'GET /scim/v2/ServiceProviderConfig': {
    id: 'getScimConfiguration',
    answer: scim(described('ScimConfiguration')),
  },
  'GET /scim/v2/ResourceTypes': {
    id: 'listScimResourceTypes',
    answer: listOf('ScimResourceTypeList', described('ScimResourceType')),
  },
  'GET /scim/v2/Schemas': {
    id: 'listScimSchemas',
    answer: listOf('ScimSchemaList', described('ScimSchema')),
  },
} as const satisfies Operations
