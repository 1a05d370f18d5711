import type { Hono } from 'hono'
import { z } from 'zod'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { access } from './access.ts'
import { problems, problemType } from './problem.ts'
import { describedRoutes } from './route.ts'

const errorStatuses = [...new Set(Object.values(problems).map(([status]) => status))].sort()

/** The OpenAPI 3.1 document, generated from the registered routes. */
export function makeOpenApi(app: Hono<never>, publicUrl: string, version: string): JsonObject {
  const paths: Record<string, Record<string, JsonValue>> = {}
  for (const { handler } of app.routes) {
    const described = describedRoutes.get(handler)
    if (!described) continue
    const [method, path] = described.key.split(' ') as [string, string]
    const template = path.replaceAll(/:(\w+)/g, '{$1}')
    paths[template] ??= {}
    paths[template][method.toLowerCase()] = describe(described, path)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Procura',
      version,
      description: 'Identity and narrow, provable, revocable authority for AI agents.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'A scoped API key of a person, a system or an agent.',
        },
        didSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description:
            'An HTTP Message Signature (RFC 9421) named procura, by an agent, over @method, @target-uri and content-digest, with created, nonce, keyid and tag.',
        },
      },
      schemas: { Problem: problemSchema },
    },
  }
}

type Described = NonNullable<ReturnType<typeof describedRoutes.get>>

function describe({ key, description }: Described, path: string): JsonObject {
  const roles = access[key].roles as readonly string[]
  const { summary, body, query, answer, status = 200, idempotent } = description
  return {
    summary,
    operationId: key
      .toLowerCase()
      .replaceAll(/[^a-z]+/g, '-')
      .replace(/-$/, ''),
    tags: [path.split('/')[1]!],
    description: roles.includes('anyone')
      ? 'Open to everyone.'
      : `For the roles ${roles.join(', ')}.`,
    security: roles.includes('anyone')
      ? []
      : roles.includes('agent')
        ? [{ apiKey: [] }, { didSignature: [] }]
        : [{ apiKey: [] }],
    parameters: [
      ...pathParameters(path),
      ...(query ? queryParameters(query) : []),
      ...(idempotent ? [idempotencyKey] : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body) } },
          },
        }
      : {}),
    responses: {
      [String(status)]: { description: answer },
      ...Object.fromEntries(errorStatuses.map((code) => [String(code), problemResponse])),
    },
  }
}

const problemResponse = {
  description: 'A problem document (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const problemSchema: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: {
      type: 'string',
      enum: (Object.keys(problems) as (keyof typeof problems)[]).map(problemType),
    },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
  },
}

const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Within a day, the same key with the same request has one effect and one answer.',
}

const pathParameters = (path: string): readonly JsonObject[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

function queryParameters(query: z.ZodType): readonly JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, JsonValue>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function schemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })
  return rest as JsonObject
}
