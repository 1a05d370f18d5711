import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Agent, custodies, didMethods, riskTiers } from '../../directory/agent.ts'
import type { Person } from '../../directory/party.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { keyKinds } from '../../keys/algorithm.ts'
import { assignRoles } from '../../operations/administering/assign-agent-roles.ts'
import {
  resumeAgent,
  retireAgent,
  suspendAgent,
} from '../../operations/administering/change-agent-state.ts'
import { changePerson, leave } from '../../operations/administering/change-person.ts'
import { createPerson } from '../../operations/administering/create-person.ts'
import { handOver } from '../../operations/administering/reassign-agent.ts'
import { registerAgent } from '../../operations/administering/register-agent.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { findProvisionedAgent } from '../../operations/common/find-visible.ts'
import { listProvisionedAgents } from '../../operations/common/list-visible.ts'
import { check } from '../check.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { jsonArray, seconds, slug } from '../schemas.ts'
import {
  mostResults,
  resourceTypes,
  scimSchemas,
  serviceProviderConfig,
} from '../scim/descriptions.ts'
import { readFilter } from '../scim/filter.ts'
import { applyPatch } from '../scim/patch.ts'
import {
  type AgentFields,
  agentExtension,
  notFound,
  readAgentResource,
  readUser,
  showAgentResource,
  showUser,
  type UserFields,
} from '../scim/resources.ts'
import { scimMediaType } from '../scim/scim-error.ts'

const resource = z.looseObject({})
const patch = z.looseObject({ Operations: jsonArray })
const listQuery = z.looseObject({
  filter: z.string().max(1000).optional(),
  startIndex: z.coerce.number().int().default(1),
  count: z.coerce.number().int().default(100),
})
const extension = z.strictObject({
  state: z.string().optional(),
  did: z.string().nullish(),
  keyChallenge: z.string().optional(),
  riskTier: z.enum(riskTiers).default('medium'),
  segment: slug.default('default'),
  didMethod: z.enum(didMethods).default('key'),
  custody: z.enum(custodies).default('own'),
  keyKind: z.enum(keyKinds as [(typeof keyKinds)[number]]).default('Ed25519'),
  lifetimeSeconds: seconds(366 * 86_400).optional(),
})

/** Provisioning by a directory. @see https://www.rfc-editor.org/rfc/rfc7644 */
export const scim = (deps: HttpDeps) => {
  const { publicUrl } = deps.settings
  const send = (c: Context<HttpEnv>, body: JsonObject, status: 200 | 201 = 200) =>
    c.body(JSON.stringify(body), status, { 'content-type': scimMediaType })
  const created = (c: Context<HttpEnv>, body: JsonObject) => {
    c.header('location', (body.meta as { location: string }).location)
    return send(c, body, 201)
  }
  const listed = (
    c: Context<HttpEnv>,
    { total, items }: { readonly total: number; readonly items: readonly JsonObject[] },
    startIndex: number,
  ) =>
    send(c, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: total,
      startIndex,
      itemsPerPage: items.length,
      Resources: items,
    })
  /** A deleted user does not exist any more; one who has left is shown as not active. */
  const personOf = async (c: Context<HttpEnv>): Promise<Person> => {
    const person = await deps.people.find(pathId(c))
    if (!person || (person.state === 'left' && person.userName === null)) throw notFound()
    return person
  }
  const agentOf = (c: Context<HttpEnv>): Promise<Agent> => findProvisionedAgent(deps, pathId(c))
  const changeUser = async (c: Context<HttpEnv>, person: Person, fields: UserFields) => {
    const { isActive, ...rest } = fields
    const changed =
      person.state === 'active'
        ? await carryOut(deps, () => changePerson(deps, c.get('caller'), person, rest))
        : person
    if (isActive || person.state === 'left') return send(c, showUser(changed, publicUrl))
    const left = await carryOut(deps, () => leave(deps, c.get('caller'), changed))
    return send(c, showUser(left.person, publicUrl))
  }
  const changeAgent = async (c: Context<HttpEnv>, agent: Agent, fields: AgentFields) => {
    const caller = c.get('caller')
    let changed = agent
    if (fields.owner !== agent.owner || fields.deputy !== agent.deputy)
      changed = await carryOut(deps, () =>
        handOver(deps, caller, changed, fields.owner, fields.deputy),
      )
    if (fields.roles.join(' ') !== agent.roles.toSorted().join(' '))
      changed = await carryOut(deps, () => assignRoles(deps, caller, changed, fields.roles))
    if (!fields.isActive && changed.state === 'active')
      changed = await carryOut(deps, () =>
        suspendAgent(deps, caller.actor, changed, 'deactivated by the directory'),
      )
    else if (fields.isActive && changed.state === 'suspended')
      changed = await carryOut(deps, () => resumeAgent(deps, caller.actor, changed))
    return send(c, showAgentResource(changed, publicUrl))
  }
  return new Hono<HttpEnv>()
    .get(
      '/scim/v2/ServiceProviderConfig',
      route('GET /scim/v2/ServiceProviderConfig', deps, {
        summary: 'Read which parts of SCIM are supported',
        answer: 'A ServiceProviderConfig (RFC 7643, 5).',
      }),
      (c) => send(c, serviceProviderConfig(publicUrl)),
    )
    .get(
      '/scim/v2/ResourceTypes',
      route('GET /scim/v2/ResourceTypes', deps, {
        summary: 'List the resource types',
        answer: 'Users and Agents (RFC 7643, 6).',
      }),
      (c) => listed(c, { total: 2, items: resourceTypes(publicUrl) }, 1),
    )
    .get(
      '/scim/v2/Schemas',
      route('GET /scim/v2/Schemas', deps, {
        summary: 'List the schemas',
        answer: 'The schemas of Users and Agents (RFC 7643, 7).',
      }),
      (c) => listed(c, { total: scimSchemas.length, items: scimSchemas }, 1),
    )
    .get(
      '/scim/v2/Users',
      route('GET /scim/v2/Users', deps, {
        summary: 'List people as SCIM users',
        query: listQuery,
        answer: 'A ListResponse. filter: userName or externalId eq a value.',
      }),
      async (c) => {
        const { filter, startIndex, count } = windowOf(c.req.valid('query'))
        const read = readFilter(filter, ['userName', 'externalId'])
        const { total, items } = await deps.people.window(
          read && { [read.attribute]: read.value },
          startIndex - 1,
          count,
        )
        const shown = items.map((person) => showUser(person, publicUrl))
        return listed(c, { total, items: shown }, startIndex)
      },
    )
    .post(
      '/scim/v2/Users',
      route('POST /scim/v2/Users', deps, {
        summary: 'Create a user',
        body: resource,
        answer: 'The user.',
        status: 201,
      }),
      async (c) => {
        const { isActive: _, ...fields } = readUser(c.req.valid('json') as JsonObject)
        const person = await carryOut(deps, () => createPerson(deps, c.get('caller'), fields))
        return created(c, showUser(person, publicUrl))
      },
    )
    .get(
      '/scim/v2/Users/:id',
      route('GET /scim/v2/Users/:id', deps, { summary: 'Read a person', answer: 'The user.' }),
      async (c) => send(c, showUser(await personOf(c), publicUrl)),
    )
    .put(
      '/scim/v2/Users/:id',
      route('PUT /scim/v2/Users/:id', deps, {
        summary: 'Replace a user',
        body: resource,
        answer: 'The user. active: false records that the person has left, permanently.',
      }),
      async (c) => changeUser(c, await personOf(c), readUser(c.req.valid('json') as JsonObject)),
    )
    .patch(
      '/scim/v2/Users/:id',
      route('PATCH /scim/v2/Users/:id', deps, {
        summary: 'Change a user',
        body: patch,
        answer: 'The user. active: false records that the person has left, permanently.',
      }),
      async (c) => {
        const person = await personOf(c)
        const changed = applyPatch(showUser(person, publicUrl), c.req.valid('json') as JsonObject)
        return changeUser(c, person, readUser(withNewName(changed, person)))
      },
    )
    .delete(
      '/scim/v2/Users/:id',
      route('DELETE /scim/v2/Users/:id', deps, {
        summary: 'Delete a user: records that the person has left',
        answer: 'Nothing. The record stays for the log, but SCIM no longer shows it.',
      }),
      async (c) => {
        const person = await personOf(c)
        if (person.state === 'active')
          await carryOut(deps, () => leave(deps, c.get('caller'), person, { unnamed: true }))
        return c.body(null, 204)
      },
    )
    .get(
      '/scim/v2/Agents',
      route('GET /scim/v2/Agents', deps, {
        summary: 'List agents as SCIM agents',
        query: listQuery,
        answer: 'A ListResponse. filter: name or externalId eq a value.',
      }),
      async (c) => {
        const { filter, startIndex, count } = windowOf(c.req.valid('query'))
        const read = readFilter(filter, ['name', 'externalId'])
        const { total, items } = await listProvisionedAgents(
          deps,
          read && { [read.attribute]: read.value },
          startIndex - 1,
          count,
        )
        const shown = items.map((agent) => showAgentResource(agent, publicUrl))
        return listed(c, { total, items: shown }, startIndex)
      },
    )
    .post(
      '/scim/v2/Agents',
      route('POST /scim/v2/Agents', deps, {
        summary: 'Create an agent',
        body: resource,
        answer:
          'The agent, with state and DID in the extension. It is pending until its owner confirms it; an administrator gets the keyChallenge.',
        status: 201,
      }),
      async (c) => {
        const {
          extension: given,
          isActive: _,
          ...fields
        } = readAgentResource(c.req.valid('json') as JsonObject)
        const {
          state: _s,
          did: _d,
          keyChallenge: _k,
          ...more
        } = check(extension, given, agentExtension)
        const agent = await carryOut(deps, () =>
          registerAgent(deps, c.get('caller'), { ...fields, ...more }),
        )
        return created(c, showAgentResource(agent, publicUrl))
      },
    )
    .get(
      '/scim/v2/Agents/:id',
      route('GET /scim/v2/Agents/:id', deps, { summary: 'Read an agent', answer: 'The agent.' }),
      async (c) => send(c, showAgentResource(await agentOf(c), publicUrl)),
    )
    .put(
      '/scim/v2/Agents/:id',
      route('PUT /scim/v2/Agents/:id', deps, {
        summary: 'Replace owners, roles and state of an agent',
        body: resource,
        answer: 'The agent. Permissions beyond its roles are revoked.',
      }),
      async (c) =>
        changeAgent(c, await agentOf(c), readAgentResource(c.req.valid('json') as JsonObject)),
    )
    .patch(
      '/scim/v2/Agents/:id',
      route('PATCH /scim/v2/Agents/:id', deps, {
        summary: 'Replace owners, roles and state of an agent',
        body: patch,
        answer: 'The agent. active: false suspends it, with everything it holds.',
      }),
      async (c) => {
        const agent = await agentOf(c)
        const changed = applyPatch(
          showAgentResource(agent, publicUrl),
          c.req.valid('json') as JsonObject,
        )
        return changeAgent(c, agent, readAgentResource(changed))
      },
    )
    .delete(
      '/scim/v2/Agents/:id',
      route('DELETE /scim/v2/Agents/:id', deps, {
        summary: 'Retire an agent',
        answer: 'Nothing. Everything the agent holds has ended.',
      }),
      async (c) => {
        const agent = await agentOf(c)
        await carryOut(deps, () =>
          retireAgent(deps, c.get('caller').actor, agent, 'deleted by the directory'),
        )
        return c.body(null, 204)
      },
    )
}

/** A name may be given twice; the one that changed counts. */
function withNewName(changed: JsonObject, { name }: Person): JsonObject {
  const { displayName, ...rest } = changed
  const formatted = (changed.name as { formatted?: string } | undefined)?.formatted
  return displayName === name && formatted !== undefined && formatted !== name ? rest : changed
}

const windowOf = <T extends { readonly startIndex: number; readonly count: number }>(query: T) => ({
  ...query,
  startIndex: Math.max(1, query.startIndex),
  count: Math.min(mostResults, Math.max(0, query.count)),
})
