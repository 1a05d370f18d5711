import type { Context } from 'hono'
import { readSignature, type SignedBy, verifyRequest } from '../did/http-signature.ts'
import { keepDocuments } from '../did/methods/key.ts'
import type { Did } from '../did/syntax.ts'
import { isActing } from '../directory/acting.ts'
import type { Agent } from '../directory/agent.ts'
import { type KeyHolder, readToken } from '../directory/api-key.ts'
import type { Caller } from '../directory/caller.ts'
import { equalBytes, utf8 } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import type { Id } from '../foundation/id.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import { carryOut } from '../operations/common/carry-out.ts'
import { readBody } from './body.ts'
import { forRequest, type HttpDeps, type HttpEnv } from './context.ts'

/**
 * Whether to accept a request that claims to come from this agent. @throws ServiceError
 * `rate_limited`
 */
export type Admit = (claimed: Id) => void

/**
 * Authenticates the caller by API key, or by an agent's HTTP Message Signature. Undefined without
 * either.
 */
export async function authenticateCaller(
  c: Context<HttpEnv>,
  deps: HttpDeps,
  admit: Admit,
): Promise<Caller | undefined> {
  const authorization = c.req.header('authorization')
  const signatureInput = c.req.header('signature-input')
  if (authorization !== undefined && signatureInput !== undefined)
    throw unknown('send either an API key or a signature')
  if (authorization !== undefined) return byApiKey(authorization, deps)
  return signatureInput === undefined ? undefined : bySignature(c, signatureInput, deps, admit)
}

const unknown = (detail: string) => new ServiceError('caller_unauthenticated', detail)
/** The same answer for every problem with a key. */
const badKey = () => unknown('the API key is invalid: unknown, expired or revoked')

async function byApiKey(authorization: string, deps: HttpDeps): Promise<Caller> {
  const [scheme, credentials, ...rest] = authorization.split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !credentials || rest.length > 0)
    throw unknown('use Authorization: Bearer with an API key')
  const token = readToken(credentials)
  const key = token && (await deps.apiKeys.findOfActing(token.id))
  const digest = await deps.crypto.sha256(token?.secret ?? new Uint8Array(32))
  if (
    !key ||
    !equalBytes(digest, key.digest) ||
    key.revokedAt !== null ||
    deps.clock() >= key.expiresAt
  )
    throw badKey()
  const caller = await callerOf(key.holder, deps)
  const authority = `api-key:${key.id}`
  return { ...caller, authority, roles: [...key.scopes, ...caller.roles] }
}

async function callerOf(
  { kind, id }: KeyHolder,
  deps: HttpDeps,
): Promise<Omit<Caller, 'authority'>> {
  const actor = `${kind}:${id}` as const
  if (kind === 'person') return { actor, roles: [], person: id, agent: undefined, audiences: [] }
  if (kind === 'system') {
    const system = await deps.systems.find(id)
    if (!system) throw badKey()
    return { actor, roles: [], person: undefined, agent: undefined, audiences: system.audiences }
  }
  const agent = await deps.agents.find(id)
  if (!isActing(agent)) throw badKey()
  return callerOfAgent(agent)
}

const callerOfAgent = (agent: Agent): Omit<Caller, 'authority'> => ({
  actor: `agent:${agent.id}`,
  roles: ['agent'],
  person: undefined,
  agent: agent.id,
  audiences: agent.did ? [agent.did] : [],
})

/**
 * A mere claim to be an agent causes little work: the body is read only once the signature's
 * parameters are valid and in time, and name an active agent.
 */
async function bySignature(
  c: Context<HttpEnv>,
  signatureInput: string,
  deps: HttpDeps,
  admit: Admit,
): Promise<Caller> {
  const headers = {
    signatureInput,
    signature: c.req.header('signature') ?? '',
    contentDigest: c.req.header('content-digest'),
  }
  const startedAt = deps.monotonic()
  const claimed = readSignature(headers, deps.clock())
  if (isRefusal(claimed)) throw unaccepted(claimed.detail)
  const before = await activeAgent(claimed.did, deps)
  admit(before.id)
  const { pathname, search } = new URL(c.req.url)
  const targetUri = `${deps.settings.publicUrl}${pathname}${search}`
  const request = { method: c.req.method, targetUri, body: await readBody(c) }
  const signed = await verifyRequest(request, claimed, forRequest(deps, c))
  if (isRefusal(signed)) throw unaccepted(signed.detail)
  // Receiving a body takes time, during which the agent may be suspended.
  const isStale = deps.monotonic() - startedAt > maxAgentAge
  const agent = isStale ? await activeAgent(signed.did, deps) : before
  keepDocuments([signed.did], { resolveDid: deps.resolveDid, budget: c.get('budget') })
  if (c.req.method !== 'GET') await spendNonce(signed, deps)
  return { ...callerOfAgent(agent), authority: signed.did }
}

/** As long as other caches keep what is known of an agent. */
const maxAgentAge: Milliseconds = 1_000

const unaccepted = (detail: string) => unknown(`the signature is not accepted: ${detail}`)

async function activeAgent(did: Did, { agents }: HttpDeps): Promise<Agent> {
  const agent = await agents.findByDid(did)
  if (!isActing(agent)) throw unaccepted('no active agent of this service signed it')
  return agent
}

/** A signed request that changes something works once. */
async function spendNonce(signed: SignedBy, deps: HttpDeps): Promise<void> {
  const nonce = await deps.crypto.sha256(utf8(`${signed.did} ${signed.nonce}`))
  const { expiresAt } = signed
  try {
    const writes = [deps.requests.spend({ nonce, expiresAt })]
    await carryOut(deps, () => ({ writes, events: [], answer: null }))
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'challenge_spent')
      throw unknown('the signed request has been sent before')
    throw error
  }
}
