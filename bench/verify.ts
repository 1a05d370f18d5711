import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { admit, hear, newHearing } from '../src/operations/hear.ts'
import { verifyCredential } from '../src/operations/verify-credential.ts'
import { makeChallenge } from '../src/presentation/challenge.ts'
import { createPresentation } from '../src/presentation/create-presentation.ts'
import { isRefusal } from '../src/refusal.ts'
import {
  makeParty,
  makeVerifierNeeds,
  permissionDocument,
  rawWork,
  resource,
  secure,
} from './fixtures.ts'
import { interleave, type Line } from './measure.ts'
import { peerVerifyWorks } from './peers.ts'

/** Verification in this process, without HTTP and without a database. */
export async function benchVerify(): Promise<readonly Line[]> {
  const [issuer, holder, audience] = [makeParty(), makeParty(), makeParty()]
  const now = Date.now()
  const credential = await secure(
    permissionDocument(issuer, holder, audience.did, now),
    issuer,
    now,
  )
  const cold = makeVerifierNeeds(issuer, false)
  const warm = makeVerifierNeeds(issuer, true)
  const caller = { actor: 'service', audiences: [audience.did] } as const
  const presentFor = async ({ settings }: typeof cold) => {
    const challenge = await makeChallenge(
      { caller: 'service', audience: audience.did },
      now + 600_000,
      settings.challengeKey,
      nodeCrypto,
    )
    const options = {
      holder: holder.did,
      verificationMethod: holder.verificationMethod,
      challenge,
      domain: audience.did,
      created: now,
      form: 'data-integrity',
    } as const
    return createPresentation([credential], options, holder.signer, nodeCrypto)
  }
  const request = async (needs: typeof cold) => ({
    presentation: await presentFor(needs),
    invocation: { action: 'read', resource: `${resource}7`, purpose: 'monthly-report' },
    observed: { risk: 10 },
  })
  const [coldRequest, warmRequest] = [await request(cold), await request(warm)]
  for (const [needs, one] of [
    [cold, coldRequest],
    [warm, warmRequest],
  ] as const) {
    const { outcome } = await hear(needs, caller, one)
    if (isRefusal(outcome))
      throw new Error(`the measured presentation is refused: ${outcome.refused}`)
  }
  const peers = await peerVerifyWorks()
  const times = await interleave(
    {
      V: rawWork(issuer).V,
      credential: () => verifyCredential(cold, credential),
      presentation: () => admit(cold, caller, coldRequest.presentation, newHearing()),
      cached: () => admit(warm, caller, warmRequest.presentation, newHearing()),
      decision: () => hear(warm, caller, warmRequest),
    },
    { rounds: 31, runs: 60 },
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
    inV('verify a credential, status in memory', times.credential, 1.3),
    inV('verify a presentation with one credential', times.presentation, 2.6),
    inV('the same, its credential verified before', times.cached, 1.4),
    inV('the same, and decide', times.decision, undefined),
    ...Object.entries(peerTimes)
      .filter(([name]) => name !== 'V')
      .map(([name, time]) => inV(`peer: ${name}`, time, undefined, peerTimes.V)),
  ]
}
