import { sign as rawSign, verify as rawVerify } from 'node:crypto'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import type { CryptosuiteName } from '../src/credential/cryptosuite.ts'
import { secureWithDataIntegrity } from '../src/credential/data-integrity.ts'
import { envelop, signToken } from '../src/credential/jose.ts'
import { securePermissionWithSdJwt } from '../src/credential/sd-jwt-issue.ts'
import type { Did } from '../src/did/syntax.ts'
import type { JsonObject } from '../src/foundation/json.ts'
import { isRefusal } from '../src/foundation/refusal.ts'
import { admit } from '../src/operations/deciding/admit.ts'
import { verifyCredential } from '../src/operations/verifying/verify-credential.ts'
import { makeChallenge } from '../src/presentation/challenge.ts'
import { presentSdJwt } from '../src/presentation/sd-jwt-presentation.ts'
import {
  inTurn,
  listUrl,
  makeParty,
  makeVerifierNeeds,
  type Party,
  permissionDocument,
  perRequest,
  rawWork,
  secure,
  variety,
} from './fixtures.ts'
import { interleave, type Line } from './measure.ts'

/** Verifies a task permission in each form that it can be issued in, with the status in memory. */
export async function benchMechanisms(): Promise<readonly Line[]> {
  const now = Date.now()
  const [issuer, p256, holder, audience] = [
    makeParty(),
    makeParty('P-256'),
    makeParty(),
    makeParty(),
  ]
  const many = (by: Party, make: (document: JsonObject) => Promise<JsonObject>) =>
    Promise.all(
      Array.from({ length: variety }, () =>
        make(permissionDocument(by, holder, audience.did, now)),
      ),
    )
  const bySuite = (by: Party, cryptosuite: CryptosuiteName) =>
    many(by, (document) =>
      secureWithDataIntegrity(
        document,
        {
          verificationMethod: by.verificationMethod,
          proofPurpose: 'assertionMethod',
          created: now,
          cryptosuite,
        },
        by.signer,
        nodeCrypto,
      ),
    )
  const byToken = (by: Party) =>
    many(by, async (document) =>
      envelop(await signToken(document, 'vc+jwt', by.verificationMethod, by.signer), 'vc+jwt'),
    )
  const [needs, p256Needs] = [makeVerifierNeeds(issuer, false), makeVerifierNeeds(p256, false)]
  const work = (credentials: readonly JsonObject[], by = needs) =>
    inTurn(credentials, async (one) => {
      const { refusal, caution } = await verifyCredential(perRequest(by), one)
      if (refusal ?? caution)
        throw new Error(`a measured credential is ${(refusal ?? caution)!.refused}`)
    })
  const bound = await boundPermissions(issuer, holder, audience.did, now)
  const caller = { actor: 'service', audiences: [audience.did] } as const
  const times = await interleave(
    {
      V: rawWork(issuer).V,
      V256: rawP256(p256),
      jcs: work(await many(issuer, (document) => secure(document, issuer, now))),
      rdfc: work(await bySuite(issuer, 'eddsa-rdfc-2022')),
      jwt: work(await byToken(issuer)),
      es256: work(await byToken(p256), p256Needs),
      sdJwt: inTurn(bound.presentations, async (one) => {
        const { outcome: admitted } = await admit(perRequest(bound.needs), caller, one)
        if (isRefusal(admitted)) throw new Error(`a measured SD-JWT is ${admitted.refused}`)
      }),
      ecdsaRdfc: work(await bySuite(p256, 'ecdsa-rdfc-2019'), p256Needs),
    },
    { rounds: 21, runs: 300 },
  )
  const line = (
    what: string,
    time: number,
    goal: number | undefined,
    unit: 'V' | 'V256' = 'V',
  ): Line => ({
    what,
    ratio: time / times[unit],
    unit: unit === 'V' ? 'V' : 'raw P-256',
    goal,
    detail: `${time.toFixed(0)} µs`,
  })
  return [
    line('verify eddsa-jcs-2022', times.jcs, 1.3),
    line('verify eddsa-rdfc-2022', times.rdfc, 4),
    line('verify vc+jwt with EdDSA', times.jwt, 1.25),
    line('verify vc+jwt with ES256', times.es256, 1.3, 'V256'),
    line('verify SD-JWT VC, key binding, three disclosures', times.sdJwt, 3),
    line('verify ecdsa-rdfc-2019', times.ecdsaRdfc, undefined, 'V256'),
  ]
}

/** Task permissions with two grants and the owner disclosed, each bound to a challenge. */
async function boundPermissions(issuer: Party, holder: Party, audience: Did, now: number) {
  const needs = makeVerifierNeeds(issuer, false)
  const presentations = await Promise.all(
    Array.from({ length: variety }, async () => {
      const document = withTwoGrants(permissionDocument(issuer, holder, audience, now))
      const { publicKey } = holder.signer
      const { verificationMethod, signer } = issuer
      const credential = await securePermissionWithSdJwt(
        document,
        publicKey,
        verificationMethod,
        signer,
        nodeCrypto,
      )
      const challenge = await makeChallenge(
        { caller: 'service', audience },
        now + 600_000,
        needs.settings.challengeKeys[0]!,
        nodeCrypto,
      )
      const issuedAt = Math.floor(now / 1000)
      return presentSdJwt(
        credential,
        { challenge, domain: audience, issuedAt },
        holder.signer,
        nodeCrypto,
      )
    }),
  )
  // Its list is the token form of the one in memory.
  const list = needs.foreignLists.get(listUrl)!
  needs.foreignLists.set(`token ${listUrl}`, {
    ...list,
    form: 'token',
    size: 2,
    bits: new Uint8Array(list.bits.length * 2),
  })
  return { needs, presentations }
}

function withTwoGrants(document: JsonObject): JsonObject {
  const { id, permission } = document.credentialSubject as JsonObject
  const { grants, ...rest } = permission as JsonObject
  const [grant] = grants as readonly JsonObject[]
  const two = [grant!, { ...grant!, id: 'g2' }]
  return { ...document, credentialSubject: { id: id!, permission: { ...rest, grants: two } } }
}

/** Like `rawWork` for Ed25519: as many messages as the measured work has. */
function rawP256({ publicKey, privateKey }: Party) {
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  const signed = Array.from({ length: variety }, () => {
    const message = nodeCrypto.randomBytes(64)
    const signature = rawSign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return { message, signature }
  })
  return inTurn(signed, ({ message, signature }) => rawVerify('sha256', message, key, signature))
}
