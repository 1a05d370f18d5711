import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { makeCedarEngine } from '../src/adapters/policy/cedar.ts'
import { parseSecuredCredential } from '../src/credential/authenticate-credential.ts'
import { makeCache } from '../src/foundation/cache.ts'
import { canonicalize } from '../src/foundation/canonical.ts'
import { newId } from '../src/foundation/id.ts'
import type { JsonObject } from '../src/foundation/json.ts'
import { isRefusal } from '../src/foundation/refusal.ts'
import { monotonicClock } from '../src/foundation/time.ts'
import { assessRequest, type DecisionRequest } from '../src/operations/deciding/assess-request.ts'
import { assessInSession, type SessionNeeds } from '../src/operations/deciding/decide-in-session.ts'
import {
  areAuthentic,
  authenticateAll,
} from '../src/operations/verifying/authenticate-presented.ts'
import { attenuate, type Link } from '../src/permission/attenuate.ts'
import { linkOf } from '../src/permission/chain.ts'
import { noLocalRules } from '../src/permission/no-local-rules.ts'
import type { Policy, PolicySet } from '../src/permission/policy.ts'
import type { RememberedSession } from '../src/permission/session.ts'
import { loadCedar } from '../src/runtimes/node/cedar.ts'
import { delegate } from '../src/sdk/index.ts'
import {
  inTurn,
  makeParty,
  makeVerifierNeeds,
  type Party,
  permissionDocument,
  perRequest,
  presentTo,
  rawWork,
  resource,
  secure,
} from './fixtures.ts'
import { interleave, type Line } from './measure.ts'

/** Number of chains of each length, used in turn. */
const chains = 32
const lengths = [1, 3, 5] as const
const audience = makeParty()
const caller = { actor: 'service', audiences: [audience.did] } as const
const now = Date.now()

/** Decisions on chains, in this process, without HTTP and database. */
export async function benchDecide(): Promise<readonly Line[]> {
  const issuer = makeParty()
  const [cold, warm] = [makeVerifierNeeds(issuer, false), makeVerifierNeeds(issuer, true)]
  const policies = await twentyPolicies()
  const ruled = makeVerifierNeeds(issuer, true, { ...noLocalRules, policies: () => policies })
  const coldRequests: Record<number, readonly DecisionRequest[]> = {}
  const warmRequests: Record<number, readonly DecisionRequest[]> = {}
  const ruledRequests: Record<number, readonly DecisionRequest[]> = {}
  for (const length of lengths) {
    const made = await Promise.all(Array.from({ length: chains }, () => makeChain(issuer, length)))
    coldRequests[length] = await Promise.all(made.map((one, i) => request(cold, one, i)))
    warmRequests[length] = await Promise.all(made.map((one, i) => request(warm, one, i)))
    ruledRequests[length] = await Promise.all(made.map((one, i) => request(ruled, one, i)))
    // A copy is remembered, since credentials received again are never the same objects.
    for (const [needs, requests] of [
      [cold, coldRequests[length]!],
      [warm, warmRequests[length]!],
      [ruled, ruledRequests[length]!],
    ] as const)
      for (const one of requests) {
        const { outcome } = await assessRequest(perRequest(needs), caller, structuredClone(one))
        if (isRefusal(outcome)) throw new Error(`a measured decision is ${outcome.refused}`)
      }
  }
  const session = await makeSession(warm, await makeChain(issuer, 3))
  const pair = await makePair(issuer)
  const times = await interleave(
    {
      V: rawWork(issuer).V,
      one: inTurn(coldRequests[1]!, (asked) => assessRequest(perRequest(cold), caller, asked)),
      three: inTurn(coldRequests[3]!, (asked) => assessRequest(perRequest(cold), caller, asked)),
      five: inTurn(coldRequests[5]!, (asked) => assessRequest(perRequest(cold), caller, asked)),
      cached: inTurn(warmRequests[3]!, (asked) => assessRequest(perRequest(warm), caller, asked)),
      fresh: inTurn(warmRequests[3]!, (asked) =>
        assessRequest(perRequest(warm), caller, anew(asked)),
      ),
      policies: inTurn(ruledRequests[3]!, (asked) =>
        assessRequest(perRequest(ruled), caller, anew(asked)),
      ),
      session: inTurn(warmRequests[3]!, session),
      attenuate: () => attenuate(...pair),
    },
    { rounds: 31, runs: 300 },
  )
  const inV = (what: string, time: number, goal: number): Line => ({
    what,
    ratio: time / times.V,
    unit: 'V',
    goal: Number(goal.toFixed(2)),
    detail: `${time.toFixed(1)} µs; V = ${times.V.toFixed(0)} µs`,
  })
  return [
    inV('decide on a chain of 1', times.one, 2 * 1.2 + 0.2),
    inV('decide on a chain of 3', times.three, 4 * 1.2 + 0.2),
    inV('decide on a chain of 5', times.five, 6 * 1.2 + 0.2),
    inV('decide on a chain of 3 that was seen before', times.cached, 1.4),
    inV('decide in a session', times.session, 0.1),
    inV('what 20 Cedar policies add', times.policies - times.fresh, 0.6),
    {
      what: 'attenuate',
      ratio: times.attenuate,
      unit: 'µs',
      goal: 20,
      detail: 'parent and child, both read',
    },
  ]
}

/**
 * The same request for a resource that was not requested before, since answers of local policy are
 * cached.
 */
let asked = 0
const anew = (one: DecisionRequest): DecisionRequest => ({
  ...one,
  invocation: { ...one.invocation, resource: `${resource}${asked++}` },
})

interface MadeChain {
  readonly credentials: readonly JsonObject[]
  readonly holder: Party
}

async function makeChain(issuer: Party, length: number): Promise<MadeChain> {
  let holder = makeParty()
  const root = permissionDocument(issuer, holder, audience.did, now, length)
  const credentials: JsonObject[] = [await secure(root, issuer, now)]
  for (let i = 1; i < length; i++) {
    const next = makeParty()
    const delegation = { remainingDepth: length - i - 1 }
    credentials.push(await delegate(holder, credentials.at(-1)!, { subject: next.did, delegation }))
    holder = next
  }
  return { credentials, holder }
}

async function request(
  needs: ReturnType<typeof makeVerifierNeeds>,
  { credentials, holder }: MadeChain,
  i: number,
): Promise<DecisionRequest> {
  return {
    presentation: await presentTo(needs, holder, credentials, audience.did, now),
    invocation: { action: 'read', resource: `${resource}${i}`, purpose: 'monthly-report' },
    observed: { risk: 10 },
  }
}

/** A session in memory, and a function to decide in it. */
async function makeSession(
  needs: ReturnType<typeof makeVerifierNeeds>,
  { credentials, holder }: MadeChain,
): Promise<(asked: DecisionRequest) => Promise<unknown>> {
  const id = newId(now, nodeCrypto.randomBytes)
  const presented = credentials.map((json) => ({ json, canonical: canonicalize(json) }))
  const authentic = await authenticateAll(perRequest(needs), { credentials: presented })
  if (!areAuthentic(authentic)) throw new Error('a measured session is not authentic')
  const rememberedSessions = makeCache<RememberedSession>(
    monotonicClock(() => performance.now()),
    { entries: 10, bytes: 10_000_000, lifetime: 3_600_000 },
  )
  const session = {
    id,
    actor: caller.actor,
    audience: audience.did,
    holder: holder.did,
    credentials,
    createdAt: now,
    expiresAt: now + 600_000,
    endedAt: null,
  }
  rememberedSessions.set(id, { session, presented, authentic })
  const sessionNeeds = {
    ...perRequest(needs),
    rememberedSessions,
    monotonic: monotonicClock(() => performance.now()),
  } as unknown as SessionNeeds
  return async (asked) => {
    const { assessed } = await assessInSession(sessionNeeds, caller, id, asked)
    if (isRefusal(assessed.outcome)) throw new Error(`a session is ${assessed.outcome.refused}`)
  }
}

async function makePair(issuer: Party): Promise<[Link, Link]> {
  const { credentials } = await makeChain(issuer, 2)
  const [parent, child] = credentials.map((credential) => {
    const parsed = parseSecuredCredential(credential)
    const link = isRefusal(parsed) ? parsed : linkOf(parsed)
    if (isRefusal(link)) throw new Error(link.detail)
    return link
  })
  return [child!, parent!]
}

/** One permits, and nineteen forbid something: half for all actions, half for one. */
async function twentyPolicies(): Promise<PolicySet> {
  const forbid = (i: number) =>
    `forbid(principal, ${i % 2 ? 'action == Action::"delete"' : 'action'}, resource) when { context.purpose == "purpose-${i}" && context has risk && context.risk > ${i} };`
  const bodies = [
    'permit(principal, action, resource);',
    ...Array.from({ length: 19 }, (_, i) => forbid(i)),
  ]
  const policies = bodies.map(
    (body, i): Policy => ({
      id: newId(now, nodeCrypto.randomBytes),
      name: `policy-${i}`,
      version: 1,
      body,
      createdBy: 'service',
      createdAt: now,
    }),
  )
  return makeCedarEngine(loadCedar).compile(policies)
}
