import { asList } from '../credential/parse-credential.ts'
import type { Deps } from '../deps.ts'
import type { IdentityStore } from '../did/identity.ts'
import type { ResolveDid } from '../did/resolve.ts'
import { ServiceError } from '../errors.ts'
import { newId } from '../id.ts'
import type { JsonObject } from '../json.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import { makeVeramoAgent } from './agent.ts'
import type { ProviderNeeds } from './data-integrity-provider.ts'

export interface SecureCredentialNeeds extends ProviderNeeds {
  readonly keys: IdentityStore
  readonly keeper: KeyKeeper
  readonly resolveDid: ResolveDid
}

/** One Veramo agent for all issuing. Its key store remembers identifiers and key handles: see remember-identities.ts. */
export function makeSecureCredential(needs: SecureCredentialNeeds): Deps['secureCredential'] {
  const session = {
    keys: needs.keys,
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
