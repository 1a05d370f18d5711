import type { Hono } from 'hono'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { problem, scimError } from './answers/problems.ts'
import { tags } from './answers/table.ts'
import { makeComponents } from './openapi/components.ts'
import { describeOperation } from './openapi/describe-operation.ts'
import { problemResponses } from './openapi/responses.ts'
import { securitySchemes } from './openapi/security.ts'
import { describedRoutes } from './route.ts'

/**
 * The OpenAPI 3.1 document, made from the registered routes and the table of operations. Clients are
 * generated from it: `npm run test:openapi` does that with two generators.
 */
export function makeOpenApi(app: Hono<never>, publicUrl: string, version: string): JsonObject {
  const components = makeComponents()
  for (const schema of [problem, scimError]) components.output(schema)
  const paths: Record<string, Record<string, JsonValue>> = {}
  for (const { handler } of app.routes) {
    const described = describedRoutes.get(handler)
    if (!described) continue
    const [method, path] = described.key.split(' ') as [string, string]
    const template = path.replaceAll(/:(\w+)/g, '{$1}')
    paths[template] ??= {}
    paths[template][method.toLowerCase()] = describeOperation(described, path, components)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Procura',
      version,
      summary: 'Identity and narrow, provable, revocable authority for AI agents.',
      description:
        'An issuer assigns each AI agent a DID, and issues it a W3C Verifiable Credential that says what it may do, for one task. The agent presents the credential to the system it wants to use, and that system gets a decision: allow or deny, with its reason.',
      contact: { name: 'The operator of this service', url: `${publicUrl}/docs` },
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: publicUrl, description: 'This service.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes,
      responses: problemResponses,
      schemas: components.schemas(),
    },
  }
}
