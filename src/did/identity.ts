import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { PublishedKey } from './document.ts'
import type { Did } from './syntax.ts'

/** A DID assigned by this service, with its keys: the newest is `current`. */
export interface Identity {
  readonly did: Did
  readonly keys: readonly IdentityKey[]
}

export interface IdentityKey {
  readonly id: Id
  readonly did: Did
  readonly fragment: string
  readonly publicKey: PublicKey
  /** The sealed private key; null if the agent keeps it. */
  readonly sealed: Uint8Array | null
  /** `previous`: older signatures can still be verified. */
  readonly state: 'current' | 'previous'
  readonly createdAt: Milliseconds
}

export interface IdentityStore {
  find(did: Did): Promise<Identity | undefined>
  findKey(id: Id): Promise<IdentityKey | undefined>
  addKey(key: IdentityKey): Write
  /** Sealed keys after an id, in the order of ids. */
  sealedKeys(after: Id | undefined, limit: number): Promise<readonly IdentityKey[]>
  /** Replaces a seal. Nothing happens if the seal has changed. */
  replaceSeal(id: Id, old: Uint8Array, sealed: Uint8Array): Write
  /** Makes all keys of the DID `previous`, or removes them from its document if compromised. */
  supersede(did: Did, compromised: boolean): Write
  /**
   * Fails the whole commit with `key_current` unless this is the current key of the DID at that
   * moment.
   */
  mustBeCurrent(did: Did, key: PublicKey): Write
  /** The same if the DID has no current key. Commits that rely on the key come before, or fail. */
  mustHaveCurrent(did: Did): Write
}

/**
 * When each superseded key was superseded: when the next one was made. Keys are listed from the
 * newest to the oldest.
 */
export const supersededKeys = ({ keys }: Identity): ReadonlyMap<string, Milliseconds> =>
  new Map(
    keys.flatMap(({ did, fragment, state }, i) =>
      state === 'current' ? [] : [[`${did}#${fragment}`, keys[i - 1]?.createdAt ?? 0] as const],
    ),
  )

/** A superseded key verifies earlier assertions, but does not authenticate any more. */
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
