import { Hono } from 'hono'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { route } from '../route.ts'
import { listed, send } from '../scim/answers.ts'
import { resourceTypes, scimSchemas, serviceProviderConfig } from '../scim/descriptions.ts'
import { scimAgents } from './scim-agents.ts'
import { scimUsers } from './scim-users.ts'

/** Provisioning by a directory. @see https://www.rfc-editor.org/rfc/rfc7644 */
export const scim = (deps: HttpDeps) => {
  const { publicUrl } = deps.settings
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
    .route('/', scimUsers(deps))
    .route('/', scimAgents(deps))
}
