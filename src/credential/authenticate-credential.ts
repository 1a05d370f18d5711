import {
  isArray,
  isObject,
  isSameJson,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { loadGraphs } from '../linked-data/graphs.ts'
import { isBundled } from './contexts.ts'
import type { Authentic, ParsedCredential } from './credential.ts'
import {
  envelop,
  isEnvelope,
  openEnvelope,
  parseEnvelope,
  type SdJwtType,
  type Token,
  typeInEnvelope,
  verifyToken,
} from './jose.ts'
import { isJwtProof, readJwtCredential } from './jwt-proof.ts'
import { parseCredential } from './parse-credential.ts'
import { type Proof, parseProofs } from './proof.ts'
import { openClaims, parseSdJwt, type SdJwt } from './sd-jwt.ts'
import { credentialOf } from './sd-jwt-credential.ts'
import { flawOfClaims, flawOfClaimTimes, registeredClaims } from './token-claims.ts'
import { type AuthenticateNeeds, verifyProofs } from './verify-proofs.ts'

export type Securing =
  | { readonly mechanism: 'data-integrity'; readonly proofs: readonly Proof[] }
  | { readonly mechanism: 'jose'; readonly token: Token }
  | { readonly mechanism: 'sd-jwt'; readonly sdJwt: SdJwt }

export interface SecuredCredential extends ParsedCredential {
  readonly securing: Securing
  /** The secured form as received. Its digest names it. */
  readonly secured: JsonValue
}

/**
 * Parses a secured credential: an object with a proof, or an envelope around a `vc+jwt` or an
 * SD-JWT.
 */
export function parseSecuredCredential(value: JsonValue): SecuredCredential | Refusal {
  if (!isObject(value)) return refuse('malformed', 'the credential is not an object')
  if (isEnvelope(value, 'credential')) {
    const type = typeInEnvelope(value)
    if (type === 'dc+sd-jwt' || type === 'vc+sd-jwt') return parseSdJwtCredential(value, type)
    const token = openEnvelope(value, 'vc+jwt')
    if (isRefusal(token)) return token
    const credential = parseCredential(token.payload)
    if (isRefusal(credential)) return credential
    if ('proof' in token.payload)
      return refuse('proof_unsupported', 'a credential is secured either by a token or by a proof')
    return { ...credential, securing: { mechanism: 'jose', token }, secured: value }
  }
  if (isJwtProof(value)) return parseJwtCredential(value)
  const proofs = parseProofs(value.proof)
  const signed = isRefusal(proofs) ? value : withSignedContexts(value, proofs)
  const credential = isRefusal(signed) ? signed : parseCredential(signed)
  if (isRefusal(credential)) return credential
  if (isRefusal(proofs)) return proofs
  return { ...credential, securing: { mechanism: 'data-integrity', proofs }, secured: value }
}

function parseJwtCredential(value: JsonObject): SecuredCredential | Refusal {
  const read = readJwtCredential(value)
  const credential = isRefusal(read) ? read : parseCredential(read.document)
  if (isRefusal(read) || isRefusal(credential)) return credential as Refusal
  return { ...credential, securing: { mechanism: 'jose', token: read.token }, secured: value }
}

/** Uses the parts that were already parsed with the presentation. */
const readSdJwts = new WeakMap<JsonObject, SdJwt>()

/**
 * The credential in a presentation of it: without the holder's signature, in an envelope of its
 * own.
 */
export function withoutKeyBinding(sdJwt: SdJwt): JsonObject {
  const json = envelop(sdJwt.unbound, sdJwt.type)
  readSdJwts.set(json, { ...sdJwt, keyBinding: undefined })
  return json
}

function parseSdJwtCredential(value: JsonObject, type: SdJwtType): SecuredCredential | Refusal {
  const known = readSdJwts.get(value)
  const compact = known ? '' : parseEnvelope(value, type)
  const sdJwt = known ?? (isRefusal(compact) ? compact : parseSdJwt(compact, type))
  if (isRefusal(sdJwt)) return sdJwt
  // With its holder's signature it is a presentation for one verifier.
  if (sdJwt.keyBinding)
    return refuse('proof_purpose', 'pass the credential on without its key binding')
  const credential = credentialOf(sdJwt)
  return isRefusal(credential)
    ? credential
    : { ...credential, securing: { mechanism: 'sd-jwt', sdJwt }, secured: value }
}

/** Members that are not registered claims must be defined by a context (VC-JOSE-COSE, 3.1.2). */
async function hasUndefinedMembers(payload: JsonObject): Promise<boolean> {
  const { undefinedMembers } = await loadGraphs()
  const names = await undefinedMembers(payload)
  return names?.some((name) => !registeredClaims.has(name)) ?? false
}

/**
 * Over canonical JSON, a proof signs the contexts that it lists itself; the document may append
 * further, unsigned ones. This verifier does not use them, but a relying party that continues with
 * its input would, and an unknown context could change the meaning of everything signed.
 *
 * @see https://www.w3.org/TR/vc-di-eddsa/#verify-proof-eddsa-jcs-2022
 */
function withSignedContexts(value: JsonObject, proofs: readonly Proof[]): JsonObject | Refusal {
  const [given, signed] = [value['@context'], proofs[0]!.json['@context']]
  if (!isArray(given) || !isArray(signed) || signed.length >= given.length) return value
  const isPrefix = signed.every((item, i) => isSameJson(item, given[i]!))
  const areJcs = proofs.every(({ suite }) => suite.form === 'jcs')
  if (!isPrefix || !areJcs) return value
  return given.slice(signed.length).every(isBundled)
    ? { ...value, '@context': signed }
    : refuse('context_unknown')
}

/** The parties whose keys verify it: its issuer, and the other makers of proofs. */
export const signersOf = ({ issuer, securing }: SecuredCredential): readonly string[] =>
  securing.mechanism === 'data-integrity'
    ? [issuer, ...securing.proofs.map(({ verificationMethod }) => didOf(verificationMethod))]
    : [issuer]

const didOf = (verificationMethod: string): string => verificationMethod.split('#', 1)[0]!

/** What its issuer signed, if a token secures it. */
export const tokenOf = (securing: Securing): Token | undefined =>
  securing.mechanism === 'jose'
    ? securing.token
    : securing.mechanism === 'sd-jwt'
      ? securing.sdJwt.token
      : undefined

/**
 * Verifies that the issuer signed the credential. Says nothing about trust, time or status.
 *
 * @param canonical JCS form of the document that the proof covers, if known.
 */
export async function authenticateCredential(
  needs: AuthenticateNeeds,
  credential: SecuredCredential,
  canonical?: string,
): Promise<Authentic<SecuredCredential> | Refusal> {
  if (!credential.issuer.startsWith('did:'))
    return refuse('did_method_unsupported', 'the issuer is not identified by a DID')
  const { securing } = credential
  if (securing.mechanism === 'data-integrity') {
    const flaw = await verifyProofs(needs, {
      document: credential.document,
      proofs: securing.proofs,
      relationship: 'assertionMethod',
      controller: credential.issuer,
      canonical,
    })
    return flaw ?? (credential as Authentic<SecuredCredential>)
  }
  const token = tokenOf(securing)!
  const flaw =
    (await verifyToken(needs, token, 'assertionMethod', credential.issuer)) ??
    flawOfClaims(token.payload, credential) ??
    flawOfClaimTimes(token.payload, needs.clock())
  if (flaw) return flaw
  return securing.mechanism === 'sd-jwt'
    ? withDisclosed(credential, securing.sdJwt, needs)
    : withDefinedMembers(credential, token.payload)
}

/** Disclosures are put in place once the issuer's signature is known to be valid. */
async function withDisclosed(
  { securing, secured }: SecuredCredential,
  sdJwt: SdJwt,
  { crypto }: AuthenticateNeeds,
): Promise<Authentic<SecuredCredential> | Refusal> {
  const claims = await openClaims(sdJwt, crypto)
  const opened = isRefusal(claims) ? claims : credentialOf(sdJwt, claims)
  if (isRefusal(claims) || isRefusal(opened)) return opened as Refusal
  const credential = { ...opened, securing, secured } as Authentic<SecuredCredential>
  return sdJwt.type === 'vc+sd-jwt' ? withDefinedMembers(credential, claims) : credential
}

async function withDefinedMembers(
  credential: SecuredCredential,
  members: JsonObject,
): Promise<Authentic<SecuredCredential> | Refusal> {
  // A VCDM 1.1 JWT holds the document in a claim.
  if (!('vc' in members) && (await hasUndefinedMembers(members))) return refuse('data_loss')
  return credential as Authentic<SecuredCredential>
}
