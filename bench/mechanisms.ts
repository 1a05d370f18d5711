import { sign as rawSign, verify as rawVerify } from 'node:crypto'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import type { CryptosuiteName } from '../src/credential/cryptosuite.ts'
import { secureWithDataIntegrity } from '../src/credential/data-integrity.ts'
import { envelop, signToken } from '../src/credential/jose.ts'
import type { JsonObject } from '../src/json.ts'
import { verifyCredential } from '../src/operations/verify-credential.ts'
import {
  inTurn,
  makeParty,
  makeVerifierNeeds,
  type Party,
  permissionDocument,
  rawWork,
  secure,
  variety,
} from './fixtures.ts'
import { interleave, type Line } from './measure.ts'

/** Verification of a task permission in each form that it can be issued in, status in memory. */
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
      const { refusal, caution } = await verifyCredential(by, one)
      if (refusal ?? caution)
        throw new Error(`a measured credential is ${(refusal ?? caution)!.refused}`)
    })
  const times = await interleave(
    {
      V: rawWork(issuer).V,
      V256: rawP256(p256),
      jcs: work(await many(issuer, (document) => secure(document, issuer, now))),
      rdfc: work(await bySuite(issuer, 'eddsa-rdfc-2022')),
      jwt: work(await byToken(issuer)),
      es256: work(await byToken(p256), p256Needs),
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
    line('verify ecdsa-rdfc-2019', times.ecdsaRdfc, undefined, 'V256'),
  ]
}

function rawP256({ publicKey, privateKey }: Party) {
  const message = nodeCrypto.randomBytes(64)
  const signature = rawSign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return () =>
    rawVerify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}
