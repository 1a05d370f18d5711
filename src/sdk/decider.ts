import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Decision } from '../permission/decide.ts'
import { type Client, read } from './client.ts'
import type { Act } from './read-act.ts'

/** What a presentation must answer. */
export interface ChallengeToAnswer {
  /** Valid once, and for a few minutes. */
  readonly challenge: string
  /** The DID that the presentation must be for. */
  readonly domain: string
}

/** A presentation, and the act that its holder asks to perform. */
export interface DecisionRequest extends Act {
  readonly presentation: JsonObject
}

/** Decides for one audience: a verifier in this process, or the service. */
export interface Decider {
  readonly audience: Did
  /** A challenge for an agent that is to present: valid once, and for a few minutes. */
  newChallenge(): Promise<ChallengeToAnswer>
  /**
   * Decides whether the holder may act, and spends the challenge.
   *
   * @returns `decision`: `allow` or `deny`; for a denial `reason` and `detail`. A malformed request
   *   is denied as well.
   * @see docs/permission-model.md, 4
   */
  decide(request: DecisionRequest): Promise<Decision>
}

/**
 * The service as decider. Unlike a verifier in this process it applies the organization's policies
 * and limits, and records each decision.
 *
 * @param client of a caller that represents the audience.
 * @example
 *   const decider = decideByService(client, audience)
 *   app.get('/customers', protect(decider, { action: 'read', resource }), (c) => c.json(customers))
 * @throws ProblemError from its methods, if the service refuses the call.
 */
export function decideByService(client: Client, audience: Did): Decider {
  return {
    audience,
    newChallenge: () => read(client.challenges.$post({ json: { audience } })),
    decide: ({ presentation, ...act }) =>
      read(client.decisions.$post({ json: { presentation, ...act } })) as Promise<Decision>,
  }
}
