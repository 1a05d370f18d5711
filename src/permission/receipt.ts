import { parseToken, signToken, verifyToken } from '../credential/jose.ts'
import type { AuthenticateNeeds } from '../credential/verify-proofs.ts'
import type { Did } from '../did/syntax.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { toBase64url } from '../foundation/encoding.ts'
import type { Id } from '../foundation/id.ts'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import { isRefusal, type Refusal } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import type { Decision } from './decide.ts'
import type { Invocation } from './invocation.ts'

/** The key of a verifier that keeps no audit log. */
export interface ReceiptSigner {
  readonly did: Did
  readonly verificationMethod: string
  readonly signer: Signer
}

export interface DecisionFacts {
  readonly id: Id
  readonly at: Milliseconds
  readonly audience: Did | undefined
  readonly holder: string | undefined
  readonly presentation: JsonValue
  readonly invocation: Invocation
}

/**
 * A decision signed by its verifier: a compact JWS (`typ` is `decision+jwt`) stating request and
 * answer, in registered claims of RFC 7519 where they exist. It names the presentation by the
 * SHA-256 of its JCS form, and contains no claims or arguments.
 */
export async function makeReceipt(
  decision: Decision,
  { id, at, audience, holder, presentation, invocation }: DecisionFacts,
  { did, verificationMethod, signer }: ReceiptSigner,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<string> {
  const allowed = decision.decision === 'allow' ? decision : undefined
  const claims: JsonObject = {
    iss: did,
    jti: `urn:uuid:${id}`,
    iat: Math.floor(at / 1000),
    decision: decision.decision,
    reason: decision.decision === 'deny' ? decision.reason : null,
    sub: holder ?? null,
    audience: audience ?? null,
    action: invocation.action,
    resource: invocation.resource,
    purpose: invocation.purpose,
    credential: allowed?.credential ?? null,
    grant: allowed?.grant ?? null,
    statusAge: decision.statusAge,
    presentationDigest: toBase64url(await crypto.sha256(canonicalize(presentation))),
  }
  return signToken(claims, 'decision+jwt', verificationMethod, signer)
}

/** The claims of a receipt, if this verifier signed it. */
export async function readReceipt(
  needs: AuthenticateNeeds,
  compact: string,
  verifier: Did,
): Promise<JsonObject | Refusal> {
  const token = parseToken(compact, 'decision+jwt')
  if (isRefusal(token)) return token
  return (await verifyToken(needs, token, 'assertionMethod', verifier)) ?? token.payload
}
