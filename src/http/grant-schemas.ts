import { z } from 'zod'
import taskPermission from '../../schemas/task-permission.json' with { type: 'json' }
import { isArray, isObject, type JsonArray, type JsonObject } from '../foundation/json.ts'
import type { DelegationTermsJson, GrantJson } from '../permission/grant-json.ts'
import { type GrantTypeName, grantTypes } from '../permission/grant-type.ts'

/**
 * Grants and terms of delegation in requests. The permission model parses them after the body, and
 * says what is wrong with them; so they are lists and objects here, with the published JSON Schema
 * as their description.
 */

const { grant, texts, text, permission } = taskPermission.$defs

export const grantTypeNames = Object.keys(grantTypes) as [GrantTypeName]

/** Local references of the published schema, replaced by what they name. */
const inline = (json: object): JsonObject =>
  JSON.parse(
    JSON.stringify(json)
      .replaceAll('{"$ref":"#/$defs/texts"}', JSON.stringify(texts))
      .replaceAll('{"$ref":"#/$defs/text"}', JSON.stringify(text)),
  ) as JsonObject

const described = (json: JsonObject, members: Readonly<Record<string, string>>): JsonObject => ({
  ...json,
  properties: Object.fromEntries(
    Object.entries(json.properties as JsonObject).map(([name, member]) => [
      name,
      { ...(member as JsonObject), ...(members[name] ? { description: members[name] } : {}) },
    ]),
  ),
})

const constraints = {
  type: 'array',
  items: { $ref: '#/components/schemas/Constraint' },
  description: 'All must hold. At most one of each type.',
}

/** Components that the interface's document takes over as they are. */
export const grantComponents: JsonObject = {
  Grant: {
    ...described(
      inline({
        ...grant,
        properties: { ...grant.properties, constraints },
      }),
      {
        id: 'Names the grant within its permission.',
        from: 'In a delegated permission, the id of the parent grant that this one narrows.',
        locations:
          'What it is about, and everything below: an https URL, or db://host/schema/table for a database.',
        actions:
          'For http-api a verb such as get; for database read, insert, update, delete or ddl; for mcp-tool call; for a2a-skill invoke.',
        datatypes: 'The types of data that it is limited to. Absent: it is not limited.',
      },
    ),
    description: 'Actions on resources. See docs/permission-model.md.',
  },
  DelegationTerms: {
    ...described(inline(permission.properties.delegation), {
      remainingDepth: 'How many further delegations may follow.',
      allowedSubjects:
        'Who it may be delegated to: DIDs, and did:web:*. with the rest of a host. Absent: anyone.',
      nonDelegable: 'Actions that the holder keeps, by the id of their grant.',
    }),
    description: 'What the holder of a permission may delegate, and to whom. Absent: nothing.',
  },
}

const grantList = { type: 'array', items: { $ref: '#/components/schemas/Grant' } }

/** Clients send it as typed grants. The permission model receives it as JSON and parses it. */
export const grants: z.ZodType<JsonArray, readonly GrantJson[]> = z
  .custom<JsonArray & readonly GrantJson[]>(isArray, 'must be a list')
  .meta({
    ...grantList,
    description: 'Actions on resources; each act needs one grant that covers it.',
  })

export const delegationTerms: z.ZodType<JsonObject, DelegationTermsJson> = z
  .custom<JsonObject & DelegationTermsJson>(isObject, 'must be an object')
  .meta({ $ref: '#/components/schemas/DelegationTerms' })
