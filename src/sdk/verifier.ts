import { nodeCompression, nodeCrypto } from '../adapters/crypto/node.ts'
import { makeGuardedFetch } from '../adapters/web/guarded-fetch.ts'
import type { Did } from '../did/syntax.ts'
import { makeBudget } from '../foundation/budget.ts'
import { toHex } from '../foundation/encoding.ts'
import type { JsonValue } from '../foundation/json.ts'
import { makeMemory } from '../foundation/memory.ts'
import { type Clock, monotonicClock, replayMemory } from '../foundation/time.ts'
import type { DecisionRequest } from '../operations/deciding/assess-request.ts'
import { makeStandaloneNeeds } from '../operations/deciding/standalone-needs.ts'
import {
  type CredentialVerdict,
  verifyCredential,
} from '../operations/verifying/verify-credential.ts'
import type { Decision } from '../permission/decide.ts'
import { type Challenge, challengeLifetime, makeChallenge } from '../presentation/challenge.ts'
import { makeNewestLists } from '../status/newest-lists.ts'

export interface VerifierOptions {
  /** The verifier's DID: presentations must be for it. */
  readonly audience: Did
  /**
   * DIDs of the trusted issuers, with the types of credential they are trusted for. Nobody else is
   * trusted.
   */
  readonly trustedIssuers: Readonly<Record<Did, readonly string[]>>
  /** Origins that may be fetched although they are not public https: for tests and examples. */
  readonly allowedOrigins?: readonly string[]
  readonly clock?: Clock
  /** Megabytes that all caches may take together. */
  readonly cacheMegabytes?: number
}

export interface Verifier {
  verifyCredential(credential: JsonValue): Promise<CredentialVerdict>
  /** A challenge for a presentation, with the audience as domain; valid once, in this process. */
  newChallenge(): Promise<string>
  decide(request: DecisionRequest): Promise<Decision>
}

const defaultCacheMegabytes = 64

/**
 * Verifies and decides in this process, without the service. It fetches status lists and foreign
 * DID documents.
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
    crypto: nodeCrypto,
    compression: nodeCompression,
    fetch: makeGuardedFetch({ allowedOrigins: origins }),
    allowedOrigins: origins,
    trustedIssuers: new Map(Object.entries(trustedIssuers)),
    challengeKey: nodeCrypto.randomBytes(32),
    newestLists: makeNewestLists(clock),
  })
  const caller = { actor: 'service', audiences: [audience] } as const
  const spent = makeSpentChallenges(clock)
  let deciding: Promise<typeof import('../operations/deciding/decide-standalone.ts')> | undefined
  return {
    verifyCredential: (credential) =>
      verifyCredential({ ...needs, budget: makeBudget() }, credential),
    newChallenge: () =>
      makeChallenge(
        { caller: caller.actor, audience },
        clock() + challengeLifetime.default * 1000,
        needs.settings.challengeKeys[0],
        nodeCrypto,
      ),
    async decide(request) {
      // Loaded when first needed, so that mere verification starts faster.
      deciding ??= import('../operations/deciding/decide-standalone.ts')
      const { decideStandalone } = await deciding
      const perRequest = { ...needs, budget: makeBudget() }
      const { decision } = await decideStandalone(perRequest, spent.add, caller, request)
      return decision
    },
  }
}

const maxSpent = 1_000_000

/**
 * Remembers spent challenges for as long as any clock could accept them again. It refuses
 * challenges that it may have forgotten, and all when full.
 */
function makeSpentChallenges(clock: Clock) {
  const spent = new Map<string, number>()
  let forgotten = 0
  const forget = () => {
    const mark = clock() - replayMemory
    for (const [key, expiresAt] of spent) {
      if (expiresAt > mark) continue
      spent.delete(key)
      forgotten = Math.max(forgotten, expiresAt)
    }
  }
  return {
    /** Whether the challenge was unspent until now. */
    add({ nonce, expiresAt }: Challenge): boolean {
      if (spent.size >= maxSpent) forget()
      const key = toHex(nonce)
      if (spent.has(key) || spent.size >= maxSpent || expiresAt <= forgotten) return false
      spent.set(key, expiresAt)
      return true
    },
  }
}
