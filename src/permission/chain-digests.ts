import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Authentic } from '../credential/credential.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { toHex } from '../foundation/encoding.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import type { PresentedLink } from './chain.ts'

/** Identifies what a decision rests on, without revealing it. */
export interface LineDigests {
  /**
   * Digest of the last credential as secured. It names its parent by digest, and so covers the
   * whole chain.
   */
  readonly chain: string
  /**
   * `sha-256:` and 64 hexadecimal digits, over the JCS form of the status entries of all links,
   * root first.
   */
  readonly status: string
}

const known = new WeakMap<Authentic<SecuredCredential>, LineDigests>()

/** Computed once for as long as the last credential is remembered. */
export function digestsOfLine(
  line: readonly PresentedLink[],
  crypto: Pick<CryptoProvider, 'sha256'>,
): MaybePromise<LineDigests> {
  const { credential, digest } = line.at(-1)!
  const before = known.get(credential)
  if (before) return before
  const entries = line.map(({ credential: { status, tokenStatus } }) => tokenStatus ?? status)
  return after(crypto.sha256(canonicalize(entries)), (hash) => {
    const digests = { chain: digest, status: `sha-256:${toHex(hash)}` }
    known.set(credential, digests)
    return digests
  })
}
