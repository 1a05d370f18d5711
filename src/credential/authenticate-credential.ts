import { isObject, type JsonValue } from '../json.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Authentic, Credential } from './credential.ts'
import { type AuthenticateNeeds, type Proof, parseProofs, verifyProofs } from './data-integrity.ts'
import { isEnvelope, openEnvelope, type Token, verifyToken } from './jose.ts'
import { parseCredential } from './parse-credential.ts'
import { flawOfClaims, flawOfClaimTimes } from './token-claims.ts'

export type Securing =
  | { readonly mechanism: 'data-integrity'; readonly proofs: readonly Proof[] }
  | { readonly mechanism: 'jose'; readonly token: Token }

export interface SecuredCredential extends Credential {
  readonly securing: Securing
  /** The secured form as it came: its digest names it. */
  readonly secured: JsonValue
}

/** Reads a secured credential: an object with a proof, or an envelope around a `vc+jwt`. */
export function parseSecuredCredential(value: JsonValue): SecuredCredential | Refusal {
  if (!isObject(value)) return refuse('malformed', 'the credential is no object')
  if (isEnvelope(value, 'vc+jwt')) {
    const token = openEnvelope(value, 'vc+jwt')
    if (isRefusal(token)) return token
    const credential = parseCredential(token.payload)
    if (isRefusal(credential)) return credential
    if ('proof' in token.payload)
      return refuse('proof_unsupported', 'a credential is secured once: in the token or by a proof')
    return { ...credential, securing: { mechanism: 'jose', token }, secured: value }
  }
  const credential = parseCredential(value)
  if (isRefusal(credential)) return credential
  const proofs = parseProofs(value.proof)
  if (isRefusal(proofs)) return proofs
  return { ...credential, securing: { mechanism: 'data-integrity', proofs }, secured: value }
}

/**
 * Whether the credential is signed by its issuer. Says nothing of trust, time or status.
 *
 * @param canonical JCS form of the document that the proof covers, if it is at hand.
 */
export async function authenticateCredential(
  credential: SecuredCredential,
  needs: AuthenticateNeeds,
  canonical?: string,
): Promise<Authentic<SecuredCredential> | Refusal> {
  if (!credential.issuer.startsWith('did:'))
    return refuse('did_method_unsupported', 'the issuer is named by no DID')
  const { securing } = credential
  const flaw =
    securing.mechanism === 'jose'
      ? ((await verifyToken(securing.token, 'assertionMethod', credential.issuer, needs)) ??
        flawOfClaims(securing.token.payload, credential) ??
        flawOfClaimTimes(securing.token.payload, needs.clock()))
      : await verifyProofs(
          credential.document,
          securing.proofs,
          'assertionMethod',
          credential.issuer,
          needs,
          canonical,
        )
  return flaw ?? (credential as Authentic<SecuredCredential>)
}
