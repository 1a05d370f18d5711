import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Agent, custodies, didMethods, riskTiers } from '../../directory/agent.ts'
import { isWeaker } from '../../directory/lifecycle.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { keyKinds } from '../../keys/algorithm.ts'
import { assignRoles } from '../../operations/administering/assign-agent-roles.ts'
import {
  checkMayResume,
  resumeAgent,
  retireAgent,
  suspendAgent,
} from '../../operations/administering/change-agent-state.ts'
import { handOver } from '../../operations/administering/reassign-agent.ts'
import { registerAgent } from '../../operations/administering/register-agent.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { findProvisionedAgent } from '../../operations/common/find-visible.ts'
import { listProvisionedAgents } from '../../operations/common/list-visible.ts'
import { check } from '../check.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { seconds, slug } from '../schemas.ts'
import { created, listed, listQuery, patch, resource, send, windowOf } from '../scim/answers.ts'
import { attributesOf } from '../scim/descriptions.ts'
import { readFilter } from '../scim/filter.ts'
import { applyPatch } from '../scim/patch.ts'
import {
  type AgentFields,
  agentExtension,
  agentSchema,
  readAgentResource,
  showAgentResource,
} from '../scim/resources.ts'

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

const agentAttributes = attributesOf(agentSchema)

/** Agents, as a directory provisions them. @see https://www.rfc-editor.org/rfc/rfc7644 */
export const scimAgents = (deps: HttpDeps) => {
  const { publicUrl } = deps.settings
  const agentOf = (c: Context<HttpEnv>): Promise<Agent> => findProvisionedAgent(deps, pathId(c))
  /** @param read what the directory wants of the agent as stored when a change is committed. */
  const changeAgent = async (
    c: Context<HttpEnv>,
    agent: Agent,
    read: (now: Agent) => AgentFields,
  ) => {
    const caller = c.get('caller')
    const fields = read(agent)
    if (fields.isActive) await checkMayResume(deps, caller, agent)
    let changed = agent
    if (fields.owner !== agent.owner || fields.deputy !== agent.deputy)
      changed = await carryOut(deps, () =>
        handOver(deps, caller, changed, fields.owner, fields.deputy),
      )
    if (fields.roles.join(' ') !== agent.roles.toSorted().join(' '))
      changed = await carryOut(deps, () =>
        assignRoles(deps, caller, changed, (now) => read(now).roles),
      )
    const { state, suspendedBy } = changed
    const isNew =
      state === 'active' || (state === 'suspended' && isWeaker(suspendedBy, 'directory'))
    if (fields.isActive === false && isNew)
      changed = await carryOut(deps, () =>
        suspendAgent(deps, caller, changed, 'deactivated by the directory'),
      )
    else if (fields.isActive && state === 'suspended')
      changed = await carryOut(deps, () => resumeAgent(deps, caller, changed))
    return send(c, showAgentResource(changed, publicUrl))
  }
  return new Hono<HttpEnv>()
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
      async (c) => {
        const fields = readAgentResource(c.req.valid('json') as JsonObject)
        return changeAgent(c, await agentOf(c), () => fields)
      },
    )
    .patch(
      '/scim/v2/Agents/:id',
      route('PATCH /scim/v2/Agents/:id', deps, {
        summary: 'Replace owners, roles and state of an agent',
        body: patch,
        answer:
          'The agent. active: false suspends it, with everything it holds; active: true resumes only what a directory may resume.',
      }),
      async (c) => {
        const body = c.req.valid('json') as JsonObject
        const read = (now: Agent) => {
          const { active: _, ...shown } = showAgentResource(now, publicUrl)
          return readAgentResource(applyPatch(shown, body, agentAttributes))
        }
        return changeAgent(c, await agentOf(c), read)
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
