import { typeInEnvelope } from '../../credential/jose.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { sessionLifetime } from '../../permission/session.ts'
import { challengeLifetime } from '../../presentation/challenge.ts'
import { createPresentation } from '../../presentation/create-presentation.ts'
import { presentSdJwt } from '../../presentation/sd-jwt-presentation.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'agents' | 'people' | 'credentials' | 'identities'>

/**
 * After this nothing can use the signature any more: its challenge has expired, and any session it
 * opened has ended.
 */
const reach: Milliseconds = (challengeLifetime.max + sessionLifetime.max) * 1000 + 60_000

export interface PresentRequest {
  readonly credentials: readonly Id[]
  readonly challenge: string
  readonly domain: Did
}

/**
 * Presents credentials for an agent whose key is sealed here. The key signs only presentations.
 * Acts with it count as acts of the caller, besides the owner's: otherwise a deputy could perform
 * one duty of a transaction with this agent and the other with their own.
 */
export async function present(
  needs: Needs,
  { actor, person }: Caller,
  agent: Agent,
  { credentials, challenge, domain }: PresentRequest,
): Promise<Change<JsonObject>> {
  if (agent.custody !== 'service' || !agent.did)
    throw new ServiceError(
      'request_unprocessable',
      'this agent keeps its own key: it signs for itself',
    )
  const now = needs.clock()
  const held: JsonObject[] = []
  for (const id of credentials) {
    const credential = await needs.credentials.find(id, now)
    if (credential?.agentId !== agent.id)
      throw new ServiceError('request_unprocessable', 'the agent holds no such credential')
    held.push(credential.secured)
  }
  const { signer, verificationMethod } = await needs.identities.signer(agent.did)
  const options = {
    holder: agent.did,
    verificationMethod,
    challenge,
    domain,
    created: now,
    form: 'data-integrity',
  } as const
  const [first, ...others] = held
  const presentation =
    first && others.length === 0 && typeInEnvelope(first) === 'dc+sd-jwt'
      ? await presentSdJwt(
          first,
          { challenge, domain, issuedAt: Math.floor(now / 1000) },
          signer,
          needs.crypto,
        )
      : await createPresentation(held, options, signer, needs.crypto)
  const facts = { agent: agent.id, credentials: held.length, audience: domain }
  return {
    writes: [
      needs.agents.mustBeActive(agent.id),
      ...(person && person !== agent.owner
        ? [needs.people.actFor(agent.id, person, now + reach)]
        : []),
    ],
    events: [{ type: 'agent.signed', actor, facts }],
    answer: presentation,
  }
}
