import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Authentic } from '../credential/credential.ts'
import { parseToken, signToken, verifyToken } from '../credential/jose.ts'
import { registeredClaims } from '../credential/token-claims.ts'
import type { AuthenticateNeeds } from '../credential/verify-proofs.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { toHex } from '../foundation/encoding.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import { permissionIn } from './permission-in.ts'

/**
 * What the root issuer has prepared under the `id` of a delegated credential: a document, undefined
 * if none, 'foreign' if the root issuer is not ours.
 */
export type PreparedLookUp = (
  rootIssuer: string,
  id: string,
) => MaybePromise<JsonObject | 'foreign' | undefined>

export interface EntryReservationNeeds extends AuthenticateNeeds {
  readonly preparedDelegation: PreparedLookUp
}

const tokenType = 'procura-reservation+jwt'

/**
 * Adds `parent.reservation` to a delegated credential: a compact JWS by which the root issuer
 * confirms that the status entry is reserved for exactly this credential.
 *
 * @param document as the delegator will sign it, with its status entries.
 * @see permission-model.md, 7.3
 */
export async function withReservation(
  document: JsonObject,
  issuer: { readonly verificationMethod: string; readonly signer: Signer },
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<JsonObject> {
  const entries = document.credentialStatus as readonly JsonObject[]
  const entry = entries.find(({ statusPurpose }) => statusPurpose === 'revocation')!
  const subject = document.credentialSubject as JsonObject
  const permission = subject.permission as JsonObject
  const claims = {
    digest: await contentDigest(document, crypto),
    id: document.id!,
    statusListCredential: entry.statusListCredential!,
    statusListIndex: entry.statusListIndex!,
    subject: subject.id!,
  }
  const reservation = await signToken(claims, tokenType, issuer.verificationMethod, issuer.signer)
  const parent = { ...(permission.parent as JsonObject), reservation }
  return { ...document, credentialSubject: { ...subject, permission: { ...permission, parent } } }
}

const known = new WeakMap<
  Authentic<SecuredCredential>,
  { readonly rootIssuer: string; readonly flaw: Refusal | undefined }
>()

/**
 * Checks that the root issuer reserved the status entry of a delegated credential for this id,
 * subject and content. An entry that only the delegator names may belong to another credential and
 * never be set. The result is remembered with the credential, since neither can change.
 */
export function flawOfReservation(
  needs: EntryReservationNeeds,
  credential: Authentic<SecuredCredential>,
  rootIssuer: string,
): MaybePromise<Refusal | undefined> {
  const found = known.get(credential)
  if (found?.rootIssuer === rootIssuer) return found.flaw
  return look(needs, credential, rootIssuer).then((flaw) => {
    // What could not be resolved now may resolve later.
    if (flaw === undefined || flaw.refused === 'status_not_reserved')
      known.set(credential, { rootIssuer, flaw })
    return flaw
  })
}

const notReserved = (detail: string) => refuse('status_not_reserved', detail)

async function look(
  needs: EntryReservationNeeds,
  credential: Authentic<SecuredCredential>,
  rootIssuer: string,
): Promise<Refusal | undefined> {
  const digest = await contentDigest(unsignedOf(credential), needs.crypto)
  const prepared = await needs.preparedDelegation(rootIssuer, credential.id!)
  if (prepared === 'foreign') return flawOfToken(needs, credential, digest, rootIssuer)
  if (prepared === undefined) return notReserved('its issuer prepared no delegation with this id')
  const { proof: _, ...document } = prepared
  return digest === (await contentDigest(document, needs.crypto))
    ? undefined
    : notReserved('the issuer prepared other content or another subject under this id')
}

async function flawOfToken(
  needs: AuthenticateNeeds,
  credential: Authentic<SecuredCredential>,
  digest: string,
  rootIssuer: string,
): Promise<Refusal | undefined> {
  const permission = permissionIn(credential)
  if (isRefusal(permission)) return permission
  const compact = permission.parent?.reservation
  if (compact === undefined) return notReserved('parent.reservation is missing')
  const token = parseToken(compact, tokenType)
  if (isRefusal(token)) return notReserved(`parent.reservation: ${token.detail}`)
  const entry = credential.status.find(({ statusPurpose }) => statusPurpose === 'revocation')
  const { statusListCredential, statusListIndex } = entry ?? {}
  const id = credential.id!
  const subject = credential.subjects[0]!.id!
  const expected = { digest, id, statusListCredential, statusListIndex, subject } as JsonObject
  if (canonicalize(token.payload) !== canonicalize(expected))
    return notReserved('parent.reservation is for another entry, id, subject or content')
  return verifyToken(needs, token, 'assertionMethod', rootIssuer)
}

/** The document that the delegator signed, without the claims that a token adds. */
function unsignedOf({ document, securing }: SecuredCredential): JsonObject {
  if (securing.mechanism !== 'jose') return document
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => !registeredClaims.has(name)),
  )
}

/**
 * SHA-256 over the JCS form of a delegated credential without its proof and without
 * `parent.reservation`.
 */
function contentDigest(
  document: JsonObject,
  crypto: Pick<CryptoProvider, 'sha256'>,
): MaybePromise<string> {
  return after(
    crypto.sha256(canonicalize(withoutReservation(document))),
    (digest) => `sha-256:${toHex(digest)}`,
  )
}

function withoutReservation(document: JsonObject): JsonObject {
  const subject = document.credentialSubject
  const permission = isObject(subject) ? subject.permission : undefined
  const parent = isObject(permission) ? permission.parent : undefined
  if (!isObject(subject) || !isObject(permission) || !isObject(parent)) return document
  const { reservation: _, ...rest } = parent
  return {
    ...document,
    credentialSubject: { ...subject, permission: { ...permission, parent: rest } },
  }
}
