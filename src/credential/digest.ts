import { canonicalize } from '../foundation/canonical.ts'
import { toHex } from '../foundation/encoding.ts'
import type { JsonObject } from '../foundation/json.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { ParsedCredential } from './credential.ts'
import { isEnvelope, openEnvelope } from './jose.ts'

/**
 * Names a secured credential: `sha-256:` and 64 hexadecimal digits, over the compact token if a
 * token secures it, otherwise over the JCS form with its proof.
 *
 * @param canonical the JCS form, if known.
 * @see permission-model.md, 3
 */
export function digestOf(
  secured: JsonObject,
  crypto: Pick<CryptoProvider, 'sha256'>,
  canonical?: string,
): MaybePromise<string> {
  const token = isEnvelope(secured, 'credential') ? openEnvelope(secured, 'vc+jwt') : undefined
  const text = token && !isRefusal(token) ? token.compact : (canonical ?? canonicalize(secured))
  return after(crypto.sha256(text), (digest) => `sha-256:${toHex(digest)}`)
}

/**
 * Names a credential by its issuer and id: the name is the same in every form it was issued in, for
 * every selection that its holder discloses, for the second valid encoding of an ECDSA signature,
 * and if others add proofs. A holder can create as many of those variants as it likes.
 */
export const issuedNameOf = (
  { issuer, id }: ParsedCredential,
  crypto: Pick<CryptoProvider, 'sha256'>,
): MaybePromise<string> =>
  after(crypto.sha256(canonicalize([issuer, id ?? null])), (digest) => `sha-256:${toHex(digest)}`)
