import type { JsonObject } from '../../foundation/json.ts'
import { agentExtension, agentSchema, userSchema } from './resources.ts'

/** Which parts of SCIM are supported, for clients: RFC 7643, 5 to 7. */

/** Maximum number of resources in a response. */
export const mostResults = 200

export const serviceProviderConfig = (publicUrl: string): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: mostResults },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'API key',
      description: 'An API key of the scope provisioner, as Authorization: Bearer.',
    },
  ],
  meta: {
    resourceType: 'ServiceProviderConfig',
    location: `${publicUrl}/scim/v2/ServiceProviderConfig`,
  },
})

export const resourceTypes = (publicUrl: string): readonly JsonObject[] =>
  (
    [
      ['User', '/Users', userSchema, []],
      ['Agent', '/Agents', agentSchema, [{ schema: agentExtension, required: false }]],
    ] as const
  ).map(([id, endpoint, schema, schemaExtensions]) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id,
    name: id,
    endpoint,
    schema,
    schemaExtensions,
    meta: { resourceType: 'ResourceType', location: `${publicUrl}/scim/v2/ResourceTypes/${id}` },
  }))

const attribute = (name: string, type: string, more: JsonObject = {}): JsonObject => ({
  name,
  type,
  multiValued: false,
  required: false,
  caseExact: true,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
})
const many = { multiValued: true }
const fixed = { mutability: 'readOnly' }
const schemaOf = (id: string, name: string, attributes: readonly JsonObject[]): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id,
  name,
  attributes,
})
export const scimSchemas: readonly JsonObject[] = [
  schemaOf(userSchema, 'User', [
    attribute('userName', 'string', { required: true, uniqueness: 'server' }),
    attribute('displayName', 'string'),
    attribute('name', 'complex'),
    attribute('active', 'boolean'),
    attribute('emails', 'complex', many),
    attribute('roles', 'complex', many),
  ]),
  schemaOf(agentSchema, 'Agent', [
    attribute('name', 'string', { required: true, mutability: 'immutable' }),
    attribute('displayName', 'string', fixed),
    attribute('agentType', 'string', { mutability: 'immutable' }),
    attribute('active', 'boolean'),
    attribute('owners', 'complex', { ...many, required: true }),
    attribute('roles', 'complex', many),
  ]),
  schemaOf(agentExtension, 'Procura agent', [
    attribute('state', 'string', fixed),
    attribute('did', 'string', fixed),
    attribute('keyChallenge', 'string', fixed),
    attribute('riskTier', 'string', { mutability: 'immutable' }),
    attribute('segment', 'string', { mutability: 'immutable' }),
    attribute('didMethod', 'string', { mutability: 'writeOnly' }),
    attribute('custody', 'string', { mutability: 'writeOnly' }),
    attribute('keyKind', 'string', { mutability: 'writeOnly' }),
    attribute('lifetimeSeconds', 'integer', { mutability: 'writeOnly' }),
  ]),
]

/** Names of the attributes of a resource that a client may change. */
export const attributesOf = (schema: typeof userSchema | typeof agentSchema): readonly string[] => [
  'externalId',
  ...scimSchemas
    .filter(({ id }) => id === schema)
    .flatMap(({ attributes }) =>
      (attributes as readonly JsonObject[]).map(({ name }) => `${name}`),
    ),
]
