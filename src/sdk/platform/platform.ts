import type { GuardedFetch } from '../../foundation/guarded-fetch.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import type { KeyKind } from '../../keys/algorithm.ts'
import type { PrivateJwk } from '../../keys/private-jwk.ts'
import type { CryptoProvider, Signer } from '../../keys/signature.ts'
import type { Compression } from '../../status/bit-string.ts'

/**
 * What a runtime provides to the SDK. The import `#platform` leads to node.ts or to web.ts: the
 * conditions of the package's exports choose, and nothing else in the SDK names a runtime.
 */
export interface Platform {
  readonly crypto: CryptoProvider
  readonly compression: Compression
  readonly makeFetch: (options: { readonly allowedOrigins: ReadonlySet<string> }) => GuardedFetch
  readonly generatePrivateJwk: (kind: KeyKind) => MaybePromise<PrivateJwk>
  readonly signerFromJwk: (jwk: PrivateJwk) => Signer
}
