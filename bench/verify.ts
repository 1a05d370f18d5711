import type { JsonObject } from '../src/foundation/json.ts'
import { isRefusal } from '../src/foundation/refusal.ts'
import { admit } from '../src/operations/deciding/admit.ts'
import { assessRequest } from '../src/operations/deciding/assess-request.ts'
import { verifyCredential } from '../src/operations/verifying/verify-credential.ts'
import {
  inTurn,
  makeParty,
  makeVerifierNeeds,
  permissionDocument,
  perRequest,
  presentTo,
  rawWork,
  resource,
  secure,
  sodiumWork,
  variety,
} from './fixtures.ts'
import { interleave, type Line } from './measure.ts'
import { peerVerifyWorks } from './peers.ts'

/** Verification in this process, without HTTP and database. */
export async function benchVerify(): Promise<readonly Line[]> {
  const [issuer, holder, audience] = [makeParty(), makeParty(), makeParty()]
  const now = Date.now()
  const credentials = await Promise.all(
    Array.from({ length: variety }, () =>
      secure(permissionDocument(issuer, holder, audience.did, now), issuer, now),
    ),
  )
  const cold = makeVerifierNeeds(issuer, false)
  const warm = makeVerifierNeeds(issuer, true)
  const caller = { actor: 'service', audiences: [audience.did] } as const
  const request = async (needs: typeof cold, credential: JsonObject) => ({
    presentation: await presentTo(needs, holder, [credential], audience.did, now),
    invocation: { action: 'read', resource: `${resource}7`, purpose: 'monthly-report' },
    observed: { risk: 10 },
  })
  const coldRequests = await Promise.all(credentials.map((credential) => request(cold, credential)))
  const warmRequests = await Promise.all(credentials.map((credential) => request(warm, credential)))
  // A copy is remembered, since credentials received again are never the same objects.
  for (const [needs, requests] of [
    [cold, coldRequests],
    [warm, warmRequests],
  ] as const)
    for (const one of requests) {
      const { outcome } = await assessRequest(perRequest(needs), caller, structuredClone(one))
      if (isRefusal(outcome))
        throw new Error(`a measured presentation is refused: ${outcome.refused}`)
    }
  const peers = await peerVerifyWorks()
  const times = await interleave(
    {
      V: rawWork(issuer).V,
      sodium: await sodiumWork(issuer),
      credential: inTurn(credentials, (one) => verifyCredential(perRequest(cold), one)),
      presentation: inTurn(coldRequests, (one) =>
        admit(perRequest(cold), caller, one.presentation),
      ),
      cached: inTurn(warmRequests, (one) => admit(perRequest(warm), caller, one.presentation)),
      decision: inTurn(warmRequests, (one) => assessRequest(perRequest(warm), caller, one)),
    },
    { rounds: 21, runs: 400 },
  )
  const peerTimes = await interleave({ V: rawWork(issuer).V, ...peers }, { rounds: 9, runs: 8 })
  const inV = (what: string, time: number, goal: number | undefined, V = times.V): Line => ({
    what,
    ratio: time / V,
    unit: 'V',
    goal,
    detail: `${time.toFixed(0)} µs; V = ${V.toFixed(0)} µs`,
  })
  return [
    inV('one raw verification by libsodium', times.sodium, undefined),
    inV('verify a credential, status in memory', times.credential, 1.3),
    inV('verify a presentation with one credential', times.presentation, 2.6),
    inV('the same, its credential verified before', times.cached, 1.4),
    inV('the same, and decide', times.decision, undefined),
    ...Object.entries(peerTimes)
      .filter(([name]) => name !== 'V')
      .map(([name, time]) => inV(`verify with ${name}`, time, undefined, peerTimes.V)),
  ]
}
