import type { z } from 'zod'
import { problem, scimError } from '../../src/http/answers/problems.ts'
import { rowOf } from '../../src/http/answers/table.ts'
import {
  type Answering,
  answersOf,
  isScimError,
  problemStatuses,
} from '../../src/http/openapi/responses.ts'
import { describedRoutes } from '../../src/http/route.ts'

/** What of an app is needed to find the route of a request. */
export interface Routed {
  readonly routes: readonly { readonly handler: object }[]
}
interface Asked {
  readonly method: string
  readonly url: string
}

/**
 * Holds an answer of the service against what its route declares.
 *
 * @returns what does not fit, naming operation and path; undefined if all does.
 */
export async function flawOfAnswer(
  app: Routed,
  { method, url }: Asked,
  response: Response,
): Promise<string | undefined> {
  const { pathname } = new URL(url)
  const answering = routeOf(app, method, pathname)
  const flaw = answering
    ? await flawOf(answering, method, response)
    : await flawOfContent(problemAnd({}), response)
  return flaw && `${answering?.operation.id ?? 'no operation'}: ${method} ${pathname}: ${flaw}`
}

function routeOf({ routes }: Routed, method: string, path: string): Answering | undefined {
  for (const { handler } of routes) {
    const described = describedRoutes.get(handler)
    if (!described) continue
    const [verb, pattern] = described.key.split(' ') as [string, string]
    const isOfVerb = verb === method || (method === 'HEAD' && verb === 'GET')
    if (isOfVerb && matcherOf(pattern).test(path))
      return { ...described, operation: rowOf(described.key).operation }
  }
  return undefined
}

const matcherOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replaceAll('.', '\\.').replaceAll(/:did/g, '.+').replaceAll(/:\w+/g, '[^/]+')}$`,
  )

type Contents = Readonly<Record<string, z.ZodType>>
const problemAnd = (others: Contents): Contents => ({
  ...others,
  'application/problem+json': problem,
})

async function flawOf(
  answering: Answering,
  method: string,
  response: Response,
): Promise<string | undefined> {
  const { status } = response
  const answer = answersOf(answering)[status]
  const isProblem = problemStatuses(answering).includes(status)
  if (!answer && !isProblem) return `status ${status} is not declared: ${await response.text()}`
  if (method === 'HEAD') return undefined
  const refused: Contents = isScimError(answering.key, status)
    ? { 'application/scim+json': scimError }
    : problemAnd({})
  return flawOfContent({ ...answer?.content, ...(isProblem ? refused : {}) }, response, !!answer)
}

async function flawOfContent(
  content: Contents,
  response: Response,
  mayBeEmpty = false,
): Promise<string | undefined> {
  const text = await response.text()
  if (text === '')
    return mayBeEmpty && isWithoutBody(content, response)
      ? undefined
      : `${response.status} has no body`
  const given = response.headers.get('content-type') ?? 'none'
  const schema = content[given] ?? content[given.split(';')[0]!.toLowerCase()]
  if (!schema) return `${response.status} has the undeclared media type ${given}`
  const value = /^text\/|\+jwt$/.test(given) ? text : JSON.parse(text)
  const parsed = schema.safeParse(value)
  if (parsed.success) return undefined
  const told = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`,
  )
  return `${response.status} ${told.join('; ')} in ${text.slice(0, 1_000)}`
}

/** A DID document that is asked for by itself is absent, and not described. */
const isWithoutBody = (content: Contents, { status }: Response): boolean =>
  Object.keys(content).filter((type) => !type.includes('problem')).length === 0 || status >= 400
