import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { PublishedKey } from './document.ts'
import type { Did } from './syntax.ts'

/** A DID that this service assigned, with its keys: the newest is `current`. */
export interface Identity {
  readonly did: Did
  readonly keys: readonly IdentityKey[]
}

export interface IdentityKey {
  readonly id: Id
  readonly did: Did
  readonly fragment: string
  readonly publicKey: PublicKey
  /** The private key, sealed; null if it is the agent's own affair. */
  readonly sealed: Uint8Array | null
  /** `previous`: older signatures can still be checked. */
  readonly state: 'current' | 'previous'
  readonly createdAt: Milliseconds
}

export interface IdentityStore {
  find(did: Did): Promise<Identity | undefined>
  findKey(id: Id): Promise<IdentityKey | undefined>
  addKey(key: IdentityKey): Write
  /** Sealed keys from one on, in the order of their ids. */
  sealedKeys(after: Id | undefined, limit: number): Promise<readonly IdentityKey[]>
  /** Puts another seal in the place of this one; nothing happens if it is not this one any more. */
  replaceSeal(id: Id, old: Uint8Array, sealed: Uint8Array): Write
  /** Makes all keys of the DID `previous`, or takes them out of its document where they are compromised. */
  supersede(did: Did, compromised: boolean): Write
  /** Fails the whole commit with `key_current` if this is not the current key of the DID at that moment. */
  mustBeCurrent(did: Did, key: PublicKey): Write
  /** The same if the DID has no current key. Whoever relies on the key has committed before, or fails. */
  mustHaveCurrent(did: Did): Write
}

/** A superseded key checks what was asserted before; nobody authenticates with it any more. */
export const publishedKeys = (identity: Identity): readonly PublishedKey[] =>
  identity.keys.map(({ fragment, publicKey, state }) => ({
    fragment,
    key: publicKey,
    relationships:
      state === 'current'
        ? ['authentication', 'assertionMethod', 'capabilityInvocation', 'capabilityDelegation']
        : ['assertionMethod'],
  }))

export const currentKey = (identity: Identity): IdentityKey | undefined =>
  identity.keys.find(({ state }) => state === 'current')
