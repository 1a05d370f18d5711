import { makeCache } from '../cache.ts'
import { asList } from '../credential/parse-credential.ts'
import type { Deps } from '../deps.ts'
import type { Identity, IdentityKey, IdentityStore } from '../did/identity.ts'
import type { ResolveDid } from '../did/resolve.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'
import type { JsonObject } from '../json.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import { makeVeramoAgent } from './agent.ts'
import type { ProviderNeeds } from './data-integrity-provider.ts'

export interface SecureCredentialNeeds extends ProviderNeeds {
  readonly keys: IdentityStore
  readonly keeper: KeyKeeper
  readonly resolveDid: ResolveDid
}

/** One Veramo agent for all issuing, its identifiers and key handles kept at hand for a second. */
export function makeSecureCredential(needs: SecureCredentialNeeds): Deps['secureCredential'] {
  const session = {
    keys: rememberIdentities(needs.keys, needs.clock),
    keeper: needs.keeper,
    newId: () => newId(needs.clock(), needs.crypto.randomBytes),
    now: 0,
    made: new Map(),
    writes: [],
    added: [],
  }
  const agent = makeVeramoAgent(session, needs.resolveDid, needs)
  return async (issuer, document, mechanism) => {
    // A copy, lists and all: Veramo changes what it is given.
    const lists = {
      '@context': [...asList(document['@context'])],
      type: [...asList(document.type)],
    }
    const credential = { ...document, ...lists, issuer: document.issuer ?? issuer.did } as never
    try {
      return (await agent.createVerifiableCredential({
        credential,
        proofFormat: mechanism,
      })) as unknown as JsonObject
    } catch (error) {
      throw new ServiceError('signing_unavailable', 'the credential could not be signed', {
        cause: error,
      })
    }
  }
}

const memory = { entries: 1_000, milliseconds: 1_000 } as const

function rememberIdentities(keys: IdentityStore, clock: ProviderNeeds['clock']): IdentityStore {
  const identities = makeCache<Identity>(clock, memory.entries, memory.milliseconds)
  const single = makeCache<IdentityKey>(clock, memory.entries, memory.milliseconds)
  return {
    ...keys,
    async find(did) {
      const known = identities.get(did)
      if (known) return known
      const found = await keys.find(did)
      if (found) identities.set(did, found)
      return found
    },
    async findKey(id: Id) {
      const known = single.get(id)
      if (known) return known
      const found = await keys.findKey(id)
      if (found) single.set(id, found)
      return found
    },
  }
}
