import { z } from 'zod'
import { scopes } from '../../directory/api-key.ts'
import { personStates } from '../../directory/party.ts'
import { did, id } from '../schemas.ts'
import type { Operations } from './operation.ts'
import { actor, pageOf, time } from './values.ts'

/** People, systems, and the API keys that they and agents hold. */

const person = z
  .strictObject({
    id,
    name: z.string(),
    email: z.string().nullable(),
    roles: z.array(z.string()).describe('Roles in the organization, which rules refer to.'),
    state: z.enum(personStates),
    identityOf: id
      .nullable()
      .describe('The first record of the same human being, if this is a further one.'),
    createdBy: actor.nullable(),
    delegate: id.nullable().describe('Approves in this person’s place until `delegateUntil`.'),
    delegateUntil: time.nullable(),
    userName: z.string().nullable().describe('As the directory that provisions the person has it.'),
    externalId: z.string().nullable().describe('Their identifier in that directory.'),
    createdAt: time,
  })
  .meta({ id: 'Person' })

const departure = z
  .strictObject({
    person,
    handedOver: z.array(id).describe('Agents that went to their deputy.'),
    suspended: z
      .array(id)
      .describe('Agents that are suspended because they have no owner any more.'),
    retired: z.array(id).describe('Agents that were never activated.'),
  })
  .meta({ id: 'Departure' })

export const personOperations = {
  'POST /people': { id: 'createPerson', answer: person },
  'GET /people': { id: 'listPeople', answer: pageOf('PersonPage', person) },
  'GET /people/:id': { id: 'getPerson', answer: person },
  'PATCH /people/:id': { id: 'updatePerson', answer: person },
  'POST /people/:id/leave': { id: 'recordDeparture', answer: departure },
  'POST /people/:id/erase': { id: 'erasePerson', answer: person },
  'POST /people/:id/delegate': { id: 'delegateApprovals', answer: person },
} as const satisfies Operations

const system = z
  .strictObject({
    id,
    name: z.string(),
    audiences: z.array(did).describe('DIDs for which it may ask for challenges and decisions.'),
    createdAt: time,
  })
  .meta({ id: 'System' })

export const systemOperations = {
  'POST /systems': { id: 'createSystem', answer: system },
  'GET /systems': { id: 'listSystems', answer: pageOf('SystemPage', system) },
  'GET /systems/:id': { id: 'getSystem', answer: system },
} as const satisfies Operations

const keyMembers = {
  id,
  name: z.string(),
  holder: z.strictObject({ kind: z.enum(['person', 'system', 'agent']), id }),
  scopes: z.array(z.enum(scopes)).describe('What the key may be used for.'),
  createdAt: time,
  expiresAt: time,
  madeBy: z
    .string()
    .nullable()
    .describe(
      'Who made or last rotated it, and so had its secret; null if an earlier version did.',
    ),
  revokedAt: time.nullable(),
}

const apiKey = z.strictObject(keyMembers).meta({ id: 'ApiKey' })

const newApiKey = z
  .strictObject({
    ...keyMembers,
    token: z
      .string()
      .optional()
      .describe('The secret, shown once: a repeated request is answered without it.'),
  })
  .meta({ id: 'ApiKeyWithToken' })

export const apiKeyOperations = {
  'POST /api-keys': { id: 'createApiKey', answer: newApiKey },
  'GET /api-keys': { id: 'listApiKeys', answer: pageOf('ApiKeyPage', apiKey) },
  'POST /api-keys/:id/rotate': { id: 'rotateApiKey', answer: newApiKey },
  'POST /api-keys/:id/revoke': { id: 'revokeApiKey', answer: apiKey },
} as const satisfies Operations
