import { gzipSync } from 'node:zlib'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { toMultibase64url } from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { toJwk } from '../../src/keys/public-key.ts'
import { setBit } from '../../src/status/bit-string.ts'
import { makeStatusList } from '../../src/status/status-list.ts'
import { listLength } from '../../src/status/status-store.ts'
import { badge, type Party, party, secure } from '../parties.ts'
import type { Target } from './service.ts'

const type = 'BitstringStatusListEntry'
export const credentialType = 'urn:example:badge'

/** A badge of a foreign issuer, whose status lies in a list that it serves. */
export const withStatus = (issuer: Party, credentialStatus: JsonValue) =>
  secure(
    badge(issuer, { credentialStatus, validFrom: '2026-01-01T00:00:00Z' }),
    issuer,
    'assertionMethod',
    Date.now(),
  )
export const bitstringEntry = (url: string, index: number): JsonObject => ({
  type,
  statusPurpose: 'revocation',
  statusListIndex: String(index),
  statusListCredential: url,
})

export async function bitstringList(
  issuer: Party,
  url: string,
  { packed, madeAt = Date.now(), ttl = 60_000 }: { packed: Buffer; madeAt?: number; ttl?: number },
): Promise<JsonObject> {
  const encodedList = toMultibase64url(packed)
  const list = makeStatusList({
    url,
    issuer: issuer.did,
    purpose: 'revocation',
    encodedList,
    madeAt,
  })
  const credentialSubject = { ...(list.credentialSubject as JsonObject), ttl }
  return secure({ ...list, credentialSubject }, issuer, 'assertionMethod', Date.now())
}

export const bitsWith = (...revoked: readonly number[]) => {
  const bits = new Uint8Array(listLength / 8)
  for (const index of revoked) setBit(bits, index)
  return bits
}

/** An issuer whom the service trusts for any credential. */
export async function trusted(target: Target): Promise<Party> {
  const issuer = party()
  for (const one of ['VerifiableCredential', credentialType])
    await target.raw('POST', '/trusted-issuers', {
      body: { did: issuer.did, credentialType: one },
    })
  return issuer
}

/** An SD-JWT VC, with an entry of a Token Status List. */
export async function tokenStatus(issuer: Party, uri: string): Promise<JsonObject> {
  const claims = {
    iss: issuer.did,
    sub: issuer.did,
    vct: credentialType,
    exp: Math.floor(Date.now() / 1000) + 3_600,
    cnf: { jwk: { ...toJwk(issuer.signer.publicKey) } },
    status: { status_list: { idx: 9, uri } },
  }
  const text = await signToken(claims, 'dc+sd-jwt', issuer.verificationMethod, issuer.signer)
  return envelop(`${text}~`, 'dc+sd-jwt')
}

/** A list in which nothing is revoked, as it is sent. */
export const emptyList = gzipSync(bitsWith())
