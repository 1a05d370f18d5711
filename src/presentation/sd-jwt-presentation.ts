import { envelop, parseEnvelope, signToken } from '../credential/jose.ts'
import { digestOfDisclosure, parseSdJwt, type SdJwt } from '../credential/sd-jwt.ts'
import { boundKey } from '../credential/sd-jwt-credential.ts'
import type { AuthenticateNeeds } from '../credential/verify-proofs.ts'
import { flawOfListing } from '../did/signing-key.ts'
import type { Did } from '../did/syntax.ts'
import { fromBase64url, fromUtf8 } from '../foundation/encoding.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { maxClockSkewSeconds, type Seconds } from '../foundation/time.ts'
import { algorithms } from '../keys/algorithm.ts'
import { type CryptoProvider, flawOfSignature, type Signer } from '../keys/signature.ts'
import { challengeLifetime } from './challenge.ts'

/**
 * Verifies key binding: the holder's signature over an SD-JWT with its disclosures, for one
 * verifier and nonce, makes it a presentation. The key counts as long as the holder's DID document
 * lists it under `authentication` (permission-model.md, 7.4).
 *
 * @see https://www.rfc-editor.org/rfc/rfc9901#section-4.3
 */
export async function flawOfKeyBinding(
  needs: AuthenticateNeeds,
  sdJwt: SdJwt,
  holder: Did,
): Promise<Refusal | undefined> {
  const { clock, crypto } = needs
  const { keyBinding, token, unbound } = sdJwt
  if (!keyBinding) return refuse('proof_missing', 'the holder did not bind its key')
  const key = boundKey(token.payload)
  if (!key) return refuse('key_invalid', 'cnf must hold one key, as a JWK')
  if (!(algorithms[key.kind].joseAccepted as readonly string[]).includes(keyBinding.algorithm))
    return refuse('proof_unsupported', 'alg does not match the key')
  const { sd_hash: hash, iat } = keyBinding.payload
  if (hash !== (await digestOfDisclosure(unbound, crypto)))
    return refuse('signature_invalid', 'the key binding is for other disclosures')
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat))
    return refuse('value_malformed', 'iat is not a NumericDate')
  const age: Seconds = clock() / 1000 - iat
  if (age < -maxClockSkewSeconds)
    return refuse('not_yet_valid', 'the token was issued in the future')
  // No challenge is valid for longer.
  if (age > challengeLifetime.max + maxClockSkewSeconds) return refuse('expired')
  const flaw = await flawOfSignature(needs, key, keyBinding.signingInput, keyBinding.signature)
  if (flaw) return flaw
  // The issuer recorded the key once; the holder's DID document says which keys are current.
  return flawOfListing(key, 'authentication', holder, needs)
}

export interface SdJwtPresentationOptions {
  readonly challenge: string
  /** The audience's DID. */
  readonly domain: string
  /** Seconds since the epoch. */
  readonly issuedAt: Seconds
  /** Ids of the grants to disclose; default: all, and everything else that was hidden. */
  readonly grants?: readonly string[]
}

/**
 * Creates a presentation of an SD-JWT VC: discloses the chosen parts, and binds the holder's key.
 *
 * @param credential in its envelope, as issued.
 * @throws TypeError if it is not an SD-JWT VC.
 */
export async function presentSdJwt(
  credential: JsonObject,
  { challenge, domain, issuedAt, grants }: SdJwtPresentationOptions,
  signer: Signer,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<JsonObject> {
  const compact = parseEnvelope(credential, 'dc+sd-jwt')
  const sdJwt = isRefusal(compact) ? compact : parseSdJwt(compact, 'dc+sd-jwt')
  if (isRefusal(sdJwt)) throw new TypeError(`the credential is not an SD-JWT VC: ${sdJwt.detail}`)
  const { token, disclosures } = sdJwt
  const disclosed = disclosures.filter((part) => !grants || isGrantAmong(part, grants))
  const unbound = [token.compact, ...disclosed, ''].join('~')
  const claims = {
    aud: domain,
    iat: issuedAt,
    nonce: challenge,
    sd_hash: await digestOfDisclosure(unbound, crypto),
  }
  const keyBinding = await signToken(claims, 'kb+jwt', undefined, signer)
  return envelop(`${unbound}${keyBinding}`, 'dc+sd-jwt', 'presentation')
}

function isGrantAmong(disclosure: string, grants: readonly string[]): boolean {
  const bytes = fromBase64url(disclosure)
  const value = bytes && bytes.length > 0 ? JSON.parse(fromUtf8(bytes)) : undefined
  const [, grant, ...others] = Array.isArray(value) ? value : []
  return others.length === 0 && isObject(grant) && grants.includes(grant.id as string)
}
