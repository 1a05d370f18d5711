import type { Write } from '../foundation/database.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signature.ts'
import type { DidDocument } from './document.ts'
import type { IdentityKey, IdentityStore } from './identity.ts'
import type { ResolveDid } from './resolve.ts'
import type { Did } from './syntax.ts'

/**
 * The DIDs assigned here, and their keys. Creating one returns writes, to be committed with the
 * event.
 */
export interface Identities {
  /** Makes and seals a key, and assigns it a DID. */
  create(kind: KeyKind, at: DidPlace): Promise<NewIdentity>
  /** Assigns a DID to a key that another party keeps. */
  assign(key: PublicKey, at: DidPlace): NewIdentity
  /** Replaces the current key with the holder's own `key`, or with a new one made here. */
  rotate(did: Did, key: PublicKey | KeyKind, compromised: boolean): Promise<NewIdentity>
  /** Signs with the current sealed key of a DID. @throws ServiceError `signing_unavailable` */
  signer(did: Did): Promise<{ readonly signer: Signer; readonly verificationMethod: string }>
  /** The document of a DID assigned here. */
  document(did: Did): MaybePromise<DidDocument | undefined>
}

/** did:key, or did:web at a path under the public URL. */
export type DidPlace =
  | { readonly method: 'key' }
  | { readonly method: 'web'; readonly path: readonly string[] }

export interface NewIdentity {
  readonly did: Did
  readonly key: IdentityKey
  readonly writes: readonly Write[]
}

/** DIDs: those assigned here, and the resolver of all. */
export interface DidCapabilities {
  readonly identityKeys: IdentityStore
  readonly identities: Identities
  readonly resolveDid: ResolveDid
}
