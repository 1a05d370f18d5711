import { tokenOf, withoutKeyBinding } from '../credential/authenticate-credential.ts'
import {
  isEnvelope,
  openEnvelope,
  parseEnvelope,
  type Token,
  typeInEnvelope,
} from '../credential/jose.ts'
import { isJwtProof, readJwtPresentation } from '../credential/jwt-proof.ts'
import { asList, parseHead } from '../credential/parse-credential.ts'
import { parseProofs } from '../credential/proof.ts'
import { parseSdJwt } from '../credential/sd-jwt.ts'
import { isDid } from '../did/syntax.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Presentation, PresentationSecuring, PresentedCredential } from './presentation.ts'

/** Limits before and after removing duplicates. */
const maxListed = 256
const maxCredentials = 32

/** The JCS form of a credential seen before; undefined if it was not, or may differ. */
export type KnownForm = (credential: JsonObject) => string | undefined

/**
 * Parses a presentation: an object with a proof, or an envelope around a `vp+jwt`, whose `nonce`
 * and `aud` are challenge and domain. Credentials are not changed.
 *
 * @param formOf avoids computing canonical forms that are known.
 * @see https://www.w3.org/TR/vc-data-model-2.0/#verifiable-presentations
 */
export function parsePresentation(
  value: JsonValue,
  formOf: KnownForm = () => undefined,
): Presentation | Refusal {
  if (!isObject(value)) return refuse('malformed', 'the presentation is not an object')
  if (isEnvelope(value, 'presentation'))
    return typeInEnvelope(value) === 'dc+sd-jwt'
      ? parseKeyBound(value)
      : parseEnveloped(value, formOf)
  if (isJwtProof(value)) return parseJwt(value, formOf)
  const proofs = parseProofs(value.proof)
  if (isRefusal(proofs)) return proofs
  const { proof: _, ...document } = value
  const [first, ...others] = proofs
  if (others.length > 0)
    return refuse('proof_unsupported', 'a presentation has exactly one proof, by its holder')
  return assemble(
    document,
    { mechanism: 'data-integrity', proofs },
    first!.challenge,
    first!.domains,
    formOf,
  )
}

function parseJwt(value: JsonObject, formOf: KnownForm): Presentation | Refusal {
  const read = readJwtPresentation(value)
  if (isRefusal(read)) return read
  // Older tokens list their audience even if it is one.
  const { aud } = read.token.payload
  const only = isArray(aud) && aud.length === 1 ? aud[0] : aud
  return parseSigned(read.token, only, read.document, formOf)
}

function parseEnveloped(value: JsonObject, formOf: KnownForm): Presentation | Refusal {
  const token = openEnvelope(value, 'vp+jwt')
  if (isRefusal(token)) return token
  if ('proof' in token.payload)
    return refuse('proof_unsupported', 'a presentation is secured in only one way')
  return parseSigned(token, token.payload.aud, withoutClaims(token), formOf)
}

/** A token's `nonce` and `aud` are challenge and domain. */
function parseSigned(
  token: Token,
  aud: JsonValue | undefined,
  document: JsonObject,
  formOf: KnownForm,
): Presentation | Refusal {
  const { nonce } = token.payload
  if (aud !== undefined && typeof aud !== 'string')
    return refuse('domain_mismatch', 'aud must be one string')
  if (nonce !== undefined && typeof nonce !== 'string')
    return refuse('challenge_mismatch', 'nonce must be a string')
  return assemble(
    document,
    { mechanism: 'jose', token },
    nonce,
    aud === undefined ? [] : [aud],
    formOf,
  )
}

/** The JCS form of an envelope whose token was parsed: nothing in it needs escaping. */
const canonicalEnvelope = ({ '@context': context, id, type }: JsonObject): string =>
  `{"@context":"${context}","id":"${id}","type":"${type}"}`

/** An SD-JWT VC with key binding is a presentation of that one credential. */
function parseKeyBound(value: JsonObject): Presentation | Refusal {
  const compact = parseEnvelope(value, 'dc+sd-jwt')
  const sdJwt = isRefusal(compact) ? compact : parseSdJwt(compact, 'dc+sd-jwt')
  if (isRefusal(sdJwt)) return sdJwt
  if (!sdJwt.keyBinding) return refuse('proof_missing', 'the holder did not bind its key')
  const { nonce, aud } = sdJwt.keyBinding.payload
  if (typeof aud !== 'string') return refuse('domain_mismatch', 'aud must be one string')
  if (typeof nonce !== 'string') return refuse('challenge_mismatch', 'nonce must be a string')
  // Neither this nor the holder's key may be hidden: an undisclosed member does not exist.
  const { sub } = sdJwt.token.payload
  if (!isDid(sub)) return refuse('value_malformed', 'sub must be the DID of the holder')
  const json = withoutKeyBinding(sdJwt)
  return {
    document: value,
    holder: sub,
    credentials: [{ json, canonical: canonicalEnvelope(json) }],
    securing: { mechanism: 'sd-jwt', sdJwt },
    challenge: nonce,
    domains: [aud],
  }
}

/** The registered claims belong to the token, not to the presentation in it. */
function withoutClaims({ payload }: Token): JsonObject {
  const {
    iss: _iss,
    aud: _aud,
    nonce: _nonce,
    exp: _exp,
    nbf: _nbf,
    iat: _iat,
    jti: _jti,
    ...document
  } = payload
  return document
}

function assemble(
  document: JsonObject,
  securing: PresentationSecuring,
  challenge: string | undefined,
  domains: readonly string[],
  formOf: KnownForm,
): Presentation | Refusal {
  const types = parseHead(document, 'VerifiablePresentation')
  if (isRefusal(types)) return types
  const holder = holderOf(document, securing)
  if (!isDid(holder))
    return refuse('value_malformed', 'holder must be a DID, or an object whose id is one')
  const credentials = parsePresented(document.verifiableCredential, formOf)
  if (isRefusal(credentials)) return credentials
  return { document, holder, credentials, securing, challenge, domains }
}

/** A named holder must be the signer; without one, the signer is the holder. */
function holderOf({ holder }: JsonObject, securing: PresentationSecuring): JsonValue | undefined {
  if (holder !== undefined) return isObject(holder) ? holder.id : holder
  const method =
    securing.mechanism === 'data-integrity'
      ? securing.proofs[0]!.verificationMethod
      : (tokenOf(securing)?.keyId ?? '')
  return method.split('#', 1)[0]
}

function parsePresented(
  value: JsonValue | undefined,
  formOf: KnownForm,
): readonly PresentedCredential[] | Refusal {
  const listed = asList(value)
  if (listed.length > maxListed)
    return refuse('too_large', `at most ${maxListed} credentials are accepted`)
  const distinct: PresentedCredential[] = []
  for (const json of listed) {
    if (!isObject(json))
      return refuse('malformed', 'a credential in the presentation is not an object')
    const canonical = formOf(json) ?? canonicalize(json)
    if (!distinct.some((other) => other.canonical === canonical)) distinct.push({ canonical, json })
    if (distinct.length > maxCredentials)
      return refuse('too_large', `at most ${maxCredentials} different credentials are accepted`)
  }
  return distinct
}
