import type { DidPlace, Identities, NewIdentity } from '../did/capabilities.ts'
import { makeDidDocument, parseDidDocument } from '../did/document.ts'
import {
  currentKey,
  type Identity,
  type IdentityKey,
  publishedKeys,
  supersededKeys,
} from '../did/identity.ts'
import { didKey } from '../did/methods/key.ts'
import { didWeb } from '../did/methods/web.ts'
import type { ResolveDid } from '../did/resolve.ts'
import type { Did } from '../did/syntax.ts'
import { recall } from '../foundation/cache.ts'
import { ServiceError } from '../foundation/errors.ts'
import { type Id, newId } from '../foundation/id.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import { type PublicKey, toMultikey } from '../keys/public-key.ts'
import { makeVeramoAgent } from './agent.ts'
import { type KeySession, kmsName } from './key-management.ts'
import { veramoKeyType } from './key-types.ts'
import type { ProviderNeeds } from './provider-support.ts'
import type { OwnDocument, RememberedIdentities } from './remember-identities.ts'

export interface IdentitiesNeeds extends ProviderNeeds {
  readonly keys: RememberedIdentities
  readonly keeper: KeyKeeper
  readonly publicUrl: string
  readonly resolveDid: ResolveDid
}

/**
 * The DIDs assigned here. Veramo's DID manager creates them; nothing is written until the caller
 * commits.
 */
export function makeIdentities(needs: IdentitiesNeeds): Identities {
  const { documents } = needs.keys
  const agents = `${didWeb(needs.publicUrl)}:agents:`
  const isAgent = (did: Did) => did.startsWith(agents)
  const load = (did: Did): MaybePromise<OwnDocument | undefined> =>
    documents.get(did) ?? recall(documents, did, () => read(did))
  const read = async (did: Did): Promise<OwnDocument | undefined> => {
    const identity = await needs.keys.find(did)
    const key = identity && currentKey(identity)
    if (!identity || !key) return undefined
    const superseded = supersededKeys(identity)
    const published = isAgent(did) ? withoutPast(identity, superseded, needs.clock()) : identity
    const document = parseDidDocument(makeDidDocument(did, publishedKeys(published)), did)
    if (isRefusal(document))
      throw new ServiceError('internal', 'a DID document of this service is invalid')
    return {
      key,
      document: isAgent(did) && superseded.size > 0 ? { ...document, superseded } : document,
    }
  }
  const session = (): KeySession => ({
    keys: needs.keys,
    keeper: needs.keeper,
    newId: () => newId(needs.clock(), needs.crypto.randomBytes),
    now: needs.clock(),
    made: new Map(),
    writes: [],
    added: [],
  })
  const assigned = (did: Did, key: PublicKey): NewIdentity => {
    const row: IdentityKey = {
      id: newId(needs.clock(), needs.crypto.randomBytes) as Id,
      did,
      fragment: toMultikey(key),
      publicKey: key,
      sealed: null,
      state: 'current',
      createdAt: needs.clock(),
    }
    return { did, key: row, writes: [needs.keys.addKey(row)] }
  }

  return {
    async create(kind, place) {
      const current = session()
      const agent = makeVeramoAgent(current, needs.resolveDid, needs)
      const { did } = await agent.didManagerCreate({
        provider: `did:${place.method}`,
        kms: kmsName,
        ...(place.method === 'web'
          ? { alias: didWeb(needs.publicUrl, ...place.path).slice('did:web:'.length) }
          : {}),
        options: { keyType: veramoKeyType[kind] },
      })
      return { did: did as Did, key: current.added[0]!, writes: current.writes }
    },
    assign: (key, place) => assigned(didAt(place, key, needs.publicUrl), key),
    async rotate(did, key, compromised) {
      const supersede = [needs.keys.mustHaveCurrent(did), needs.keys.supersede(did, compromised)]
      if (typeof key === 'object') {
        const next = assigned(did, key)
        return { ...next, writes: [...supersede, ...next.writes] }
      }
      const current = session()
      const agent = makeVeramoAgent(current, needs.resolveDid, needs)
      const made = await agent.keyManagerCreate({ kms: kmsName, type: veramoKeyType[key] })
      await agent.didManagerAddKey({ did, key: made })
      return { did, key: current.added[0]!, writes: [...supersede, ...current.writes] }
    },
    async signer(did) {
      const key = (await load(did))?.key
      if (!key?.sealed)
        throw new ServiceError(
          'signing_unavailable',
          'the private key of this DID is not kept here',
        )
      const signer = await needs.keeper.signer(
        { publicKey: key.publicKey, sealed: key.sealed },
        key.id,
      )
      return { signer, verificationMethod: `${did}#${key.fragment}` }
    },
    document: (did) => after(load(did), (known) => known?.document),
  }
}

/** How long an agent's superseded key is needed: it delegates permissions, and none is valid for longer. */
const delegationsLast: Milliseconds = 86_400_000

/** An agent's DID without the keys whose signatures are all over. */
const withoutPast = (
  identity: Identity,
  superseded: ReadonlyMap<string, Milliseconds>,
  now: Milliseconds,
): Identity => ({
  ...identity,
  keys: identity.keys.filter(
    ({ did, fragment }) => now < (superseded.get(`${did}#${fragment}`) ?? now) + delegationsLast,
  ),
})

const didAt = (place: DidPlace, key: PublicKey, publicUrl: string): Did =>
  place.method === 'key' ? didKey(key) : didWeb(publicUrl, ...place.path)
