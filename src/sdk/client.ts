import type { Hono } from 'hono'
import { hc } from 'hono/client'
import { crypto } from '#platform'
import { signRequest } from '../did/http-signature.ts'
import type { Problem } from '../http/problem.ts'
import type { Signer } from '../keys/signature.ts'
import type { Client, Schema } from './client-types.ts'

export type { Client } from './client-types.ts'

/** How the caller authenticates: an API key, or an agent's DID key. */
export type Credentials =
  | { readonly apiKey: string }
  | {
      readonly signer: Signer
      readonly verificationMethod: string
      /**
       * The service's public URL, if it differs from the URL used: signatures cover the public one.
       */
      readonly publicUrl?: string
    }
  | undefined

/** The service answered with a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`)
    this.problem = problem
  }
}

/**
 * The typed client: one method for each route of the service.
 *
 * @param url where the service answers.
 * @example
 *   const client = makeClient('https://iam.acme.example', { apiKey })
 *   const agents = await read(client.agents.$get({ query: {} }))
 */
export function makeClient(url: string, credentials: Credentials): Client {
  const base = url.replace(/\/$/, '')
  return hc<Hono<object, Schema, '/'>>(base, {
    fetch: async (input: string | URL | Request, init: RequestInit = {}) => {
      const headers = new Headers(init.headers)
      const path = String(input).slice(base.length)
      for (const [name, value] of Object.entries(await authenticate(base, path, init, credentials)))
        headers.set(name, value)
      return withoutRedirect(await fetch(input, { ...init, headers, redirect: 'manual' }))
    },
  })
}

/** Another host must not get the key or the signature. Workers do not know `redirect: 'error'`. */
function withoutRedirect(response: Response): Response {
  const { type, status } = response
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return response
  throw new TypeError('the service answered with a redirect, which the client does not follow')
}

async function authenticate(
  base: string,
  path: string,
  init: RequestInit,
  credentials: Credentials,
): Promise<Record<string, string>> {
  if (!credentials) return {}
  if ('apiKey' in credentials) return { authorization: `Bearer ${credentials.apiKey}` }
  const body =
    typeof init.body === 'string' ? new TextEncoder().encode(init.body) : new Uint8Array()
  const targetUri = `${credentials.publicUrl ?? base}${path}`
  const request = { method: init.method ?? 'GET', targetUri, body }
  return signRequest(request, credentials, { clock: Date.now, crypto })
}

/** What every call resolves to. */
interface Answered {
  readonly ok: boolean
  readonly status: number
  json(): Promise<unknown>
}

type AnswerOf<Call extends Promise<Answered>> = Exclude<
  Awaited<ReturnType<Awaited<Call>['json']>>,
  Problem
>

/**
 * Reads the answer of a call.
 *
 * @throws ProblemError if the service answered with a problem document (RFC 9457).
 * @throws TypeError if the answer is neither that nor an answer of the route: a proxy's own, for
 *   example.
 * @example
 *   const agents = await read(client.agents.$get({ query: { state: 'active' } }))
 */
export async function read<Call extends Promise<Answered>>(call: Call): Promise<AnswerOf<Call>> {
  const response = await call
  const { ok, status } = response
  const answer = await response.json().catch(() => undefined)
  if (!ok && isProblem(answer)) throw new ProblemError(answer)
  if (answer === undefined || !(ok || isAnswer(status, answer)))
    throw new TypeError(
      `the answer, with status ${status}, is not one of the service: check its URL, and the proxies in front of it`,
    )
  return answer as AnswerOf<Call>
}

const has = (answer: unknown, member: string): boolean =>
  typeof answer === 'object' && answer !== null && member in answer

const isProblem = (answer: unknown): answer is Problem => has(answer, 'instance')

/** W3C endpoints answer 400 with a verdict, and readiness is answered 503 with what is missing. */
const isAnswer = (status: number, answer: unknown): boolean =>
  (status === 400 && has(answer, 'verified')) || (status === 503 && has(answer, 'missing'))
