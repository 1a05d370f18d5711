import type { IIdentifier, IKey, ManagedKeyInfo, TKeyType } from '@veramo/core'
import { AbstractDIDStore } from '@veramo/did-manager'
import { AbstractKeyManagementSystem, AbstractKeyStore } from '@veramo/key-manager'
import type { IdentityKey, IdentityStore } from '../did/identity.ts'
import { type Did, isDid } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import { toBase64url, toHex } from '../foundation/encoding.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { KeyKeeper, SealedKey } from '../keys/key-keeper.ts'
import { toMultikey } from '../keys/public-key.ts'
import { kindOf, veramoKeyType } from './key-types.ts'

/**
 * Veramo's three stores over our own tables. They never write: what Veramo imports is collected as
 * writes, which the operation commits with its event.
 */
export interface KeySession {
  readonly keys: IdentityStore
  readonly keeper: KeyKeeper
  readonly newId: () => Id
  readonly now: Milliseconds
  /** Keys made in this session that have no DID yet. */
  readonly made: Map<string, SealedKey>
  readonly writes: Write[]
  readonly added: IdentityKey[]
}

export const kmsName = 'sealed'

const unsupported = (what: string) =>
  Promise.reject(new Error(`not_supported: this key management system does not support ${what}`))

export class SealedKeyManagementSystem extends AbstractKeyManagementSystem {
  readonly #session: KeySession
  constructor(session: KeySession) {
    super()
    this.#session = session
  }

  override async createKey({ type }: { type: TKeyType }): Promise<ManagedKeyInfo> {
    const kind = kindOf(type)
    if (!kind) return unsupported(`a key of type ${type}`)
    const kid = this.#session.newId()
    const key = await this.#session.keeper.make(kind, kid)
    this.#session.made.set(kid, key)
    return {
      kid,
      kms: kmsName,
      type,
      publicKeyHex: toHex(key.publicKey.bytes),
      meta: { algorithms: [kind] },
    }
  }

  override async sign({
    keyRef,
    data,
  }: {
    keyRef: Pick<IKey, 'kid'>
    data: Uint8Array
  }): Promise<string> {
    const key = await this.#session.keys.findKey(keyRef.kid as Id)
    if (!key?.sealed) throw new Error('not_found: no such key is sealed here')
    const signer = await this.#session.keeper.signer(
      { publicKey: key.publicKey, sealed: key.sealed },
      key.id,
    )
    return toBase64url(await signer.sign(data))
  }

  override importKey() {
    return unsupported('importing a private key')
  }
  override listKeys() {
    return unsupported('listing keys')
  }
  override deleteKey() {
    return unsupported('deleting a key')
  }
  override sharedSecret() {
    return unsupported('key agreement')
  }
}

export class IdentityKeyStore extends AbstractKeyStore {
  readonly #session: KeySession
  constructor(session: KeySession) {
    super()
    this.#session = session
  }

  override async getKey({ kid }: { kid: string }): Promise<IKey> {
    const key = await this.#session.keys.findKey(kid as Id)
    if (!key) throw new Error('not_found: no such key')
    return describeKey(key)
  }
  /** A key is stored together with its DID. */
  override async importKey(): Promise<boolean> {
    return true
  }
  override listKeys() {
    return unsupported('listing keys')
  }
  override deleteKey() {
    return unsupported('deleting a key')
  }
}

export class IdentityDidStore extends AbstractDIDStore {
  readonly #session: KeySession
  constructor(session: KeySession) {
    super()
    this.#session = session
  }

  override async getDID({ did }: { did?: string; alias?: string }): Promise<IIdentifier> {
    const identity = isDid(did) ? await this.#session.keys.find(did) : undefined
    if (!identity) throw new Error('not_found: no such DID is kept here')
    return {
      did: identity.did,
      provider: identity.did.split(':', 2).join(':'),
      controllerKeyId: identity.keys[0]!.id,
      // Newest first, because providers sign with the first that fits.
      keys: identity.keys.map(describeKey),
      services: [],
    }
  }

  override async importDID({ did, keys }: IIdentifier): Promise<boolean> {
    const { made, added, writes, now } = this.#session
    for (const { kid } of keys) {
      const key = made.get(kid)
      if (!key) continue
      made.delete(kid)
      const row: IdentityKey = {
        id: kid as Id,
        did: did as Did,
        fragment: toMultikey(key.publicKey),
        publicKey: key.publicKey,
        sealed: key.sealed,
        state: 'current',
        createdAt: now,
      }
      added.push(row)
      writes.push(this.#session.keys.addKey(row))
    }
    return true
  }
  override deleteDID() {
    return unsupported('deleting a DID')
  }
  override listDIDs() {
    return unsupported('listing DIDs')
  }
}

function describeKey({ id, did, fragment, publicKey }: IdentityKey): IKey {
  return {
    kid: id,
    kms: kmsName,
    type: veramoKeyType[publicKey.kind],
    publicKeyHex: toHex(publicKey.bytes),
    meta: { verificationMethod: `${did}#${fragment}` },
  }
}
