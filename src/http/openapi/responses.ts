import { z } from 'zod'
import type { JsonObject } from '../../foundation/json.ts'
import { access, type RouteKey } from '../access.ts'
import type { Content, Operation } from '../answers/operation.ts'
import type { RouteDescription } from '../route.ts'

/** The parts of a route that say which answers it can give. */
export interface Answering {
  readonly key: RouteKey
  readonly description: RouteDescription<z.ZodType | undefined, z.ZodType | undefined>
  readonly operation: Operation
}

/** One answer: media types with their schemas; none if it has no body. */
export interface Answer {
  readonly description: string
  readonly content: Readonly<Record<string, z.ZodType>>
}

export const contentOf = (content: Content): Readonly<Record<string, z.ZodType>> =>
  content === null ? {} : content instanceof z.ZodType ? { 'application/json': content } : content

/** The answers that are no problems, by status. Tests hold every answer against them. */
export function answersOf({ description, operation }: Answering): Readonly<Record<number, Answer>> {
  const status = operation.answer === null ? 204 : (description.status ?? 200)
  const others = Object.entries(operation.also ?? {}).map(([other, one]) => [
    other,
    { description: one.description, content: contentOf(one.answer) },
  ])
  return {
    [status]: { description: description.answer, content: contentOf(operation.answer) },
    ...Object.fromEntries(others),
  }
}

/** The statuses of problems that a route can answer. */
export function problemStatuses({ key, description, operation }: Answering): readonly number[] {
  const { body, query, idempotent } = description
  const isOpen = (access[key].roles as readonly string[]).includes('anyone')
  const changes = !key.startsWith('GET ')
  // SCIM has no status 422.
  const unprocessable = key.includes(' /scim/') ? [] : [422]
  const never = operation.never ?? []
  const statuses = [
    ...(body || query || idempotent || (key.includes(':name') && !isOpen) ? [400] : []),
    ...(isOpen ? [] : [401, 403]),
    ...(key.includes(':') || changes ? [404] : []),
    ...(changes ? [409, ...unprocessable] : []),
    ...(body ? [413, 415] : []),
    429,
    500,
    503,
    ...(operation.problems ?? []),
  ]
  return [...new Set(statuses)].filter((status) => !never.includes(status)).sort()
}

/** Whether a status is answered as SCIM does it, rather than by a problem document. */
export const isScimError = (key: RouteKey, status: number): boolean =>
  key.includes(' /scim/') && status < 500

/** Names of the components that describe problems, by status. */
export const problemNames: Readonly<Record<number, readonly [string, string]>> = {
  400: ['BadRequest', 'The request is malformed.'],
  401: ['Unauthorized', 'The caller is not authenticated.'],
  403: ['Forbidden', 'The caller may not do this.'],
  404: ['NotFound', 'It does not exist, or the caller may not see it.'],
  409: [
    'Conflict',
    'The present state does not allow the request, or somebody else changed it at the same moment.',
  ],
  413: ['ContentTooLarge', 'The request is too large.'],
  415: ['UnsupportedMediaType', 'The body is not JSON.'],
  422: ['UnprocessableContent', 'The request is well-formed and cannot be carried out.'],
  429: ['TooManyRequests', 'The caller has sent too many requests.'],
  500: ['InternalServerError', 'The service failed. Its log has the details.'],
  503: ['ServiceUnavailable', 'The service is overloaded, stopping, or lacks its database.'],
}

const retryAfter: JsonObject = {
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer', minimum: 0 },
  },
}

const responseOf = (
  description: string,
  mediaType: string,
  schema: string,
  headers?: JsonObject,
): JsonObject => ({
  description,
  ...(headers ? { headers } : {}),
  content: { [mediaType]: { schema: { $ref: `#/components/schemas/${schema}` } } },
})

/** The responses that operations refer to. */
export const problemResponses: JsonObject = Object.fromEntries(
  Object.entries(problemNames).flatMap(([status, [name, description]]) => {
    const headers = ['429', '503'].includes(status) ? retryAfter : undefined
    const problem = responseOf(description, 'application/problem+json', 'Problem', headers)
    const scim = responseOf(description, 'application/scim+json', 'ScimError', headers)
    return Number(status) < 500 && status !== '422'
      ? [
          [name, problem],
          [`Scim${name}`, scim],
        ]
      : [[name, problem]]
  }),
)
