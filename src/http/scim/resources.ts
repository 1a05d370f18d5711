import { z } from 'zod'
import { type Agent, agentKinds } from '../../directory/agent.ts'
import type { Person } from '../../directory/party.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'
import { formatTime } from '../../foundation/time.ts'
import { check } from '../check.ts'
import { id, name, roles } from '../schemas.ts'

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
/** As in the IETF draft (SCIM Agents and Agentic Applications Extension). */
export const agentSchema = 'urn:ietf:params:scim:schemas:core:2.0:Agent'
/** Attributes that the draft lacks. */
export const agentExtension = 'urn:procura:params:scim:schemas:extension:2.0:Agent'

const references = (values: readonly string[]) => values.map((value) => ({ value }))

export const showUser = (person: Person, publicUrl: string): JsonObject => ({
  schemas: [userSchema],
  id: person.id,
  ...(person.externalId === null ? {} : { externalId: person.externalId }),
  userName: person.userName ?? person.id,
  displayName: person.name,
  name: { formatted: person.name },
  active: person.state === 'active',
  ...(person.email === null
    ? {}
    : { emails: [{ value: person.email, type: 'work', primary: true }] }),
  roles: references(person.roles),
  meta: metaOf('User', 'Users', person, publicUrl),
})

export const showAgentResource = (
  agent: Agent & { readonly keyChallenge?: string },
  publicUrl: string,
): JsonObject => ({
  schemas: [agentSchema, agentExtension],
  id: agent.id,
  ...(agent.externalId === null ? {} : { externalId: agent.externalId }),
  name: agent.name,
  displayName: agent.name,
  agentType: agent.kind,
  active: agent.state === 'active' || agent.state === 'pending',
  owners: [agent.owner, ...(agent.deputy ? [agent.deputy] : [])].map((value) => ({
    value,
    $ref: `${publicUrl}/scim/v2/Users/${value}`,
  })),
  roles: references(agent.roles),
  meta: metaOf('Agent', 'Agents', agent, publicUrl),
  [agentExtension]: {
    state: agent.state,
    did: agent.did,
    riskTier: agent.riskTier,
    segment: agent.segment,
    ...(agent.keyChallenge === undefined ? {} : { keyChallenge: agent.keyChallenge }),
  },
})

const metaOf = (
  resourceType: string,
  endpoint: string,
  { id, createdAt }: { readonly id: string; readonly createdAt: number },
  publicUrl: string,
): JsonObject => ({
  resourceType,
  created: formatTime(createdAt),
  location: `${publicUrl}/scim/v2/${endpoint}/${id}`,
})

/** Attributes that are not stored are ignored, as in RFC 7643; stored ones must be valid. */
const user = z.object({
  userName: name,
  externalId: name.optional(),
  displayName: name.optional(),
  name: z.object({ formatted: name.optional() }).optional(),
  active: z.boolean().default(true),
  emails: z
    .array(z.object({ value: z.email(), primary: z.boolean().optional() }))
    .max(20)
    .optional(),
  roles: z.array(z.object({ value: z.string() })).optional(),
})

export interface UserFields {
  readonly name: string
  readonly email: string | null
  /** The other addresses. */
  readonly aliases: readonly string[]
  readonly userName: string
  readonly externalId: string | null
  readonly roles: readonly string[]
  readonly isActive: boolean
}

export function readUser(json: JsonObject): UserFields {
  const read = check(user, withLiterals(json), 'body')
  const email = read.emails?.find(({ primary }) => primary) ?? read.emails?.[0]
  return {
    name: read.displayName ?? read.name?.formatted ?? read.userName,
    email: email?.value ?? null,
    aliases: (read.emails ?? []).filter((one) => one !== email).map(({ value }) => value),
    userName: read.userName,
    externalId: read.externalId ?? null,
    roles: readRoles(read.roles),
    isActive: read.active,
  }
}

const agent = z.object({
  name,
  externalId: name.optional(),
  agentType: z.enum(agentKinds).default('company'),
  active: z.boolean().optional(),
  owners: z
    .array(z.object({ value: id }))
    .min(1)
    .max(2),
  roles: z.array(z.object({ value: z.string() })).optional(),
})

export interface AgentFields {
  readonly name: string
  readonly externalId: string | null
  readonly kind: Agent['kind']
  readonly owner: Agent['owner']
  readonly deputy: Agent['deputy']
  readonly roles: readonly string[]
  /** Undefined: nothing is said about it. */
  readonly isActive: boolean | undefined
  /** Attributes that RFC 7643 lacks, in the form of POST /agents. */
  readonly extension: JsonObject
}

export function readAgentResource(json: JsonObject): AgentFields {
  const read = check(agent, withLiterals(json), 'body')
  const extension = json[agentExtension]
  const [owner, deputy] = read.owners
  return {
    name: read.name,
    externalId: read.externalId ?? null,
    kind: read.agentType,
    owner: owner!.value,
    deputy: deputy?.value ?? null,
    roles: readRoles(read.roles),
    isActive: read.active,
    extension: isObject(extension) ? extension : {},
  }
}

const readRoles = (given: readonly { readonly value: string }[] | undefined): readonly string[] =>
  check(roles, [...new Set((given ?? []).map(({ value }) => value))].sort(), 'roles')

/** Some directories write booleans as text. */
function withLiterals(json: JsonObject): JsonObject {
  const literal = (value: JsonValue | undefined): JsonValue | undefined =>
    typeof value === 'string' && /^(true|false)$/i.test(value)
      ? value.toLowerCase() === 'true'
      : value
  return json.active === undefined ? json : { ...json, active: literal(json.active)! }
}

export function notFound(): ServiceError {
  return new ServiceError('not_found', 'there is no such resource')
}
