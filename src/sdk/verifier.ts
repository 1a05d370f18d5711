import { compression, crypto, makeFetch } from '#platform'
import type { Did } from '../did/syntax.ts'
import { makeBudget } from '../foundation/budget.ts'
import type { JsonValue } from '../foundation/json.ts'
import { makeMemory } from '../foundation/memory.ts'
import type { Refusal } from '../foundation/refusal.ts'
import { type Clock, monotonicClock } from '../foundation/time.ts'
import { makeStandaloneNeeds } from '../operations/deciding/standalone-needs.ts'
import { showVerdict } from '../operations/verifying/show-verdict.ts'
import { verifyCredential } from '../operations/verifying/verify-credential.ts'
import type { Decision } from '../permission/decide.ts'
import { challengeLifetime, makeChallenge } from '../presentation/challenge.ts'
import { makeNewestLists } from '../status/newest-lists.ts'
import type { ChallengeToAnswer, Decider } from './decider.ts'
import { type Act, flawOfAct } from './read-act.ts'
import { makeSpentChallenges } from './spent-challenges.ts'

/** Whom a verifier trusts, and what it may use. */
export interface VerifierOptions {
  /** The verifier's DID: presentations must be for it. */
  readonly audience: Did
  /**
   * For the DID of each trusted issuer, the types of credential that it is trusted for. Nobody else
   * is trusted.
   */
  readonly trustedIssuers: Readonly<Record<Did, readonly string[]>>
  /**
   * Exact origins, such as `https://iam.corp.example:8443`, that the verifier may fetch DID documents
   * and status lists from although their addresses are not public: those of your own network, and
   * of tests. All others must be https on port 443 of a public address.
   */
  readonly allowedOrigins?: readonly string[]
  /** Milliseconds since 1970; the system's clock by default. */
  readonly clock?: Clock
  /** Megabytes that all caches may take together; 64 by default. */
  readonly cacheMegabytes?: number
}

/** Whether to rely on a credential. */
export type Verdict = ReturnType<typeof showVerdict>

export interface Verifier extends Decider {
  /**
   * Verifies a credential in any supported securing mechanism.
   *
   * @returns `verified`: whether the proof and the form are good. `decision`: whether to rely on the
   *   credential now, which needs a trusted issuer, the validity period, the schema and the status
   *   as well. `reason`: why not, or null. `statusAge`: seconds.
   * @see https://w3c-ccg.github.io/vc-api/#verify-credential
   */
  verifyCredential(credential: JsonValue): Promise<Verdict>
}

const defaultCacheMegabytes = 64

/**
 * Verifies and decides in this process, without the service. It fetches status lists and foreign DID
 * documents, and remembers which challenges are spent as long as the process lives.
 *
 * @example
 *   const verifier = makeVerifier({
 *     audience: 'did:web:ledger.acme.example',
 *     trustedIssuers: { 'did:web:iam.acme.example': ['TaskPermissionCredential'] },
 *   })
 *   const challenge = await verifier.newChallenge()
 *   // The agent answers the challenge with a presentation.
 *   const verdict = await verifier.decide({ presentation, action: 'read', resource, purpose })
 *   if (verdict.decision === 'deny') console.log(verdict.reason)
 */
export function makeVerifier({
  audience,
  trustedIssuers,
  allowedOrigins = [],
  clock = Date.now,
  cacheMegabytes = defaultCacheMegabytes,
}: VerifierOptions): Verifier {
  const origins = new Set(allowedOrigins)
  const needs = makeStandaloneNeeds({
    clock,
    memory: makeMemory(
      monotonicClock(() => performance.now()),
      cacheMegabytes * 1_000_000,
    ),
    crypto,
    compression,
    fetch: makeFetch({ allowedOrigins: origins }),
    allowedOrigins: origins,
    trustedIssuers: new Map(Object.entries(trustedIssuers)),
    challengeKey: crypto.randomBytes(32),
    newestLists: makeNewestLists(clock),
  })
  const caller = { actor: 'service', audiences: [audience] } as const
  const spent = makeSpentChallenges(clock)
  let deciding: Promise<typeof import('../operations/deciding/decide-standalone.ts')> | undefined
  return {
    audience,
    async verifyCredential(credential) {
      return showVerdict(await verifyCredential({ ...needs, budget: makeBudget() }, credential))
    },
    async newChallenge(): Promise<ChallengeToAnswer> {
      const challenge = await makeChallenge(
        { caller: caller.actor, audience },
        clock() + challengeLifetime.default * 1000,
        needs.settings.challengeKeys[0],
        crypto,
      )
      return { challenge, domain: audience }
    },
    async decide({ presentation, ...act }) {
      const flaw = flawOfAct(act)
      if (flaw) return denial(flaw)
      const { observed = {}, ...invocation }: Act = act
      // Loaded when first needed, so that mere verification starts faster.
      deciding ??= import('../operations/deciding/decide-standalone.ts')
      const { decideStandalone } = await deciding
      const request = { presentation, invocation, observed }
      const perRequest = { ...needs, budget: makeBudget() }
      return (await decideStandalone(perRequest, spent.add, caller, request)).decision
    },
  }
}

const denial = ({ refused: reason, detail }: Refusal): Decision => ({
  decision: 'deny',
  reason,
  detail,
  statusAge: null,
  trace: [{ check: 'request is well-formed', outcome: reason, detail }],
})
