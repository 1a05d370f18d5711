import { ServiceError } from '../foundation/errors.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { parseTime } from '../foundation/time.ts'
import { type PublicKey, toJwk } from '../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import { envelop, type SdJwtType, signToken } from './jose.ts'
import { asList } from './parse-credential.ts'
import { type Hiding, makeHiding } from './sd-jwt.ts'
import { taskPermissionVct } from './sd-jwt-credential.ts'

/**
 * A VCDM 2.0 document as an SD-JWT in its envelope. Members of a subject can be hidden, except id
 * and type: nothing that says by whom, for how long and on what terms.
 *
 * @throws ServiceError `credential_malformed` if the document has digests of its own.
 * @see https://www.w3.org/TR/vc-jose-cose/#secure-with-sd-jwt
 */
export async function secureWithSdJwt(
  document: JsonObject,
  verificationMethod: string,
  signer: Signer,
  crypto: Pick<CryptoProvider, 'randomBytes' | 'sha256'>,
): Promise<JsonObject> {
  checkReservedNames(document)
  const hiding = makeHiding(crypto)
  const hide = async (subject: JsonValue): Promise<JsonValue> =>
    isObject(subject)
      ? hiding.members(
          subject,
          Object.keys(subject).filter((name) => name !== 'id' && name !== 'type'),
        )
      : subject
  const { credentialSubject } = document
  const hidden = isArray(credentialSubject)
    ? await Promise.all(credentialSubject.map(hide))
    : await hide(credentialSubject ?? null)
  return finish(
    { ...document, credentialSubject: hidden },
    hiding,
    'vc+sd-jwt',
    verificationMethod,
    signer,
  )
}

/**
 * A task permission as an IETF SD-JWT VC in its envelope, bound to the holder's key. Each grant,
 * the owner and the approval evidence can be hidden, and nothing else.
 *
 * @param document the permission as a VCDM 2.0 document.
 * @see permission-model.md, 6
 */
export async function securePermissionWithSdJwt(
  document: JsonObject,
  holderKey: PublicKey,
  verificationMethod: string,
  signer: Signer,
  crypto: Pick<CryptoProvider, 'randomBytes' | 'sha256'>,
): Promise<JsonObject> {
  checkReservedNames(document)
  const hiding = makeHiding(crypto)
  const { id: sub, permission } = document.credentialSubject as JsonObject
  const { grants, principal, approval, ...rest } = permission as JsonObject
  const claims = {
    cnf: { jwk: { ...toJwk(holderKey) } },
    exp: secondsOf(document.validUntil),
    iat: secondsOf(document.validFrom),
    iss: document.issuer!,
    jti: document.id!,
    nbf: secondsOf(document.validFrom),
    permission: {
      ...rest,
      ...(approval === undefined
        ? {}
        : { approval: await hiding.members(approval as JsonObject, ['evidence']) }),
      grants: await Promise.all(asList(grants).map((grant) => hiding.element(grant))),
      principal: await hiding.members(principal as JsonObject, ['owner']),
    },
    status: { status_list: statusOf(document) },
    sub: sub!,
    vct: taskPermissionVct,
  }
  return finish(claims, hiding, 'dc+sd-jwt', verificationMethod, signer)
}

const reserved = ['_sd', '_sd_alg', '...']

/** A digest that a caller wrote would let a holder add what this issuer never read. */
function checkReservedNames(value: JsonValue): void {
  if (typeof value !== 'object' || value === null) return
  if (isObject(value) && reserved.some((name) => name in value))
    throw new ServiceError(
      'credential_malformed',
      'an SD-JWT reserves the names _sd, _sd_alg and ...',
    )
  for (const part of Object.values(value)) checkReservedNames(part)
}

const secondsOf = (time: JsonValue | undefined): number =>
  Math.floor(parseTime(time as string)! / 1000)

/** The token form of our lists has one entry for both purposes, at the revocation list's URL. */
function statusOf({ credentialStatus }: JsonObject): JsonObject {
  const entry = asList(credentialStatus).find(
    (item): item is JsonObject => isObject(item) && item.statusPurpose === 'revocation',
  )!
  return { idx: Number(entry.statusListIndex), uri: entry.statusListCredential! }
}

async function finish(
  payload: JsonObject,
  { disclosures }: Hiding,
  type: SdJwtType,
  verificationMethod: string,
  signer: Signer,
): Promise<JsonObject> {
  const signed = disclosures.length > 0 ? { ...payload, _sd_alg: 'sha-256' } : payload
  const token = await signToken(signed, type, verificationMethod, signer)
  return envelop([token, ...disclosures, ''].join('~'), type)
}
