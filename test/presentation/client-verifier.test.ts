import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { canonicalize } from '../../src/foundation/canonical.ts'
import { concatBytes, toMultibase58 } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { formatTime } from '../../src/foundation/time.ts'
import { delegate, makeVerifier, present, signDelegation } from '../../src/sdk/index.ts'
import { badge, party } from '../parties.ts'
import { readingCustomers, world } from '../world.ts'

const [issuer, holder, audience] = [party(), party(), party()]
const request = { action: 'read', resource: 'db://a/b/c', purpose: 'p' }

/** A badge for the holder whose proof expires at a time. */
async function expiring(at: number): Promise<JsonObject> {
  const document = badge(issuer, {
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: { id: holder.did, role: 'reader' },
  })
  const proof = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: issuer.verificationMethod,
    proofPurpose: 'assertionMethod',
    expires: formatTime(at),
  }
  const hash = (json: JsonObject) => nodeCrypto.sha256(canonicalize(json)) as Uint8Array
  const signature = await issuer.signer.sign(concatBytes(hash(proof), hash(document)))
  return { ...document, proof: { ...proof, proofValue: toMultibase58(signature) } }
}

test('B12 F01 a proof that expires while its credential is cached is refused, and a challenge is valid once', async () => {
  let offset = 0
  const verifier = makeVerifier({
    audience: audience.did,
    trustedIssuers: { [issuer.did]: ['VerifiableCredential'] },
    clock: () => Date.now() + offset,
  })
  const credential = await expiring(Date.now() + 20_000)
  const shown = async () => present(holder, [credential], await verifier.newChallenge())
  const reason = async (presentation: JsonObject) => {
    const decision = await verifier.decide({ presentation, ...request })
    return decision.decision === 'deny' ? decision.reason : 'allow'
  }
  const first = await shown()

  // A badge is no permission: that it came so far shows that everything before was good.
  const reasons = [await reason(first), await reason(first)]
  offset = 30_000
  reasons.push(await reason(await shown()))

  expect(reasons).toEqual(['permission_missing', 'challenge_used', 'proof_expired'])
})

test('without the service, a chain is decided by its lists alone, within what the root issuer is trusted for', async () => {
  const w = await world()
  const [x, y, host] = [await w.agent(), await w.agent(), await w.agent()]
  const { did } = (await w.raw('GET', '/issuers/main')).json
  const { credential: root } = await w.permit(x, host, { delegation: { remainingDepth: 1 } })
  const toY = await delegate(x, root, { subject: y.did })
  const { proof: _, ...document } = toY
  const more = { ...document, type: [...(document.type as string[]), 'AdministratorCredential'] }
  const verifier = makeVerifier({
    audience: host.did,
    trustedIssuers: { [did]: ['TaskPermissionCredential'] },
    allowedOrigins: [w.url],
  })
  const reason = async (credentials: readonly JsonObject[]) => {
    const decision = await verifier.decide({
      presentation: await present(y, credentials, await verifier.newChallenge()),
      ...readingCustomers,
    })
    return decision.decision === 'deny' ? decision.reason : 'allow'
  }

  expect([
    await reason([root, toY]),
    await reason([root, await signDelegation(x, more as JsonObject)]),
    await reason([toY]),
  ]).toEqual(['allow', 'issuer_untrusted', 'parent_missing'])
})
