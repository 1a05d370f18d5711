import type { z } from 'zod'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { access } from '../access.ts'
import { rowOf } from '../answers/table.ts'
import { examples } from '../examples/table.ts'
import type { describedRoutes } from '../route.ts'
import type { Components } from './components.ts'
import { idempotencyKey, ifNoneMatch, pathParameters, queryParameters } from './parameters.ts'
import {
  type Answering,
  answersOf,
  contentOf,
  isScimError,
  problemNames,
  problemStatuses,
} from './responses.ts'

type Described = NonNullable<ReturnType<typeof describedRoutes.get>>

/** One operation of the document. */
export function describeOperation(
  { key, description }: Described,
  path: string,
  components: Components,
): JsonObject {
  const { tag, operation } = rowOf(key)
  const roles = access[key].roles as readonly string[]
  const isOpen = roles.includes('anyone')
  const { summary, query, idempotent } = description
  const body = operation.body ?? description.body ?? null
  const answering = { key, description, operation }
  return {
    summary,
    operationId: operation.id,
    tags: [tag],
    description: isOpen ? 'Open to everyone.' : `For the roles ${roles.join(', ')}.`,
    security: isOpen
      ? []
      : roles.includes('agent')
        ? [{ apiKey: [] }, { didSignature: [] }]
        : [{ apiKey: [] }],
    parameters: [
      ...pathParameters(path),
      ...(query ? queryParameters(query, components) : []),
      ...(idempotent ? [idempotencyKey] : []),
      ...(operation.also?.[304] ? [ifNoneMatch] : []),
    ],
    ...(body ? { requestBody: requestBody(answering, contentOf(body), components) } : {}),
    responses: responses(answering, components),
  }
}

const mediaType = (schema: JsonObject, example: JsonValue | undefined): JsonObject => ({
  schema,
  ...(example === undefined ? {} : { example }),
})

function requestBody(
  { key, operation }: Answering,
  content: Readonly<Record<string, z.ZodType>>,
  components: Components,
): JsonObject {
  const name = `${operation.id.slice(0, 1).toUpperCase()}${operation.id.slice(1)}Body`
  const schema = components.named(name, components.input(Object.values(content)[0]!))
  const types = new Set([...Object.keys(content), 'application/json'])
  return {
    required: true,
    content: Object.fromEntries(
      [...types].map((type) => [type, mediaType(schema, examples[key]?.body)]),
    ),
  }
}

function responses(answering: Answering, components: Components): JsonObject {
  const { key } = answering
  const answers = Object.entries(answersOf(answering)).map(([status, { description, content }]) => [
    status,
    {
      description,
      ...(Object.keys(content).length === 0
        ? {}
        : {
            content: Object.fromEntries(
              Object.entries(content).map(([type, schema]) => [
                type,
                mediaType(
                  components.output(schema),
                  status.startsWith('2') ? examples[key]?.answer : undefined,
                ),
              ]),
            ),
          }),
    },
  ])
  const refused = problemStatuses(answering).map((status) => [
    status,
    {
      $ref: `#/components/responses/${isScimError(key, status) ? 'Scim' : ''}${problemNames[status]![0]}`,
    },
  ])
  return withBoth(Object.fromEntries(refused), Object.fromEntries(answers))
}

/** A status that is both a verdict and a problem is described by both. */
const withBoth = (
  refused: Readonly<Record<string, JsonObject>>,
  answers: Readonly<Record<string, JsonObject>>,
): JsonObject => ({
  ...refused,
  ...Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const problemToo = refused[status] && !status.startsWith('2')
      if (!problemToo) return [status, answer]
      const problem = {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      }
      return [
        status,
        {
          description: `${answer.description} Or a problem.`,
          content: { ...(answer.content as JsonObject), ...problem },
        },
      ]
    }),
  ),
})
