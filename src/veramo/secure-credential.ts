import { asList } from '../credential/parse-credential.ts'
import type { Deps } from '../deps.ts'
import type { IdentityStore } from '../did/identity.ts'
import type { ResolveDid } from '../did/resolve.ts'
import type { Did } from '../did/syntax.ts'
import { ServiceError } from '../foundation/errors.ts'
import { newId } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import { makeVeramoAgent } from './agent.ts'
import type { KeyWanted, ProviderNeeds, SigningKey } from './provider-support.ts'

export interface SecureCredentialNeeds extends ProviderNeeds {
  readonly keys: IdentityStore
  readonly keeper: KeyKeeper
  readonly resolveDid: ResolveDid
}

/**
 * One Veramo agent for all issuing. Its key store caches identifiers and key handles: see
 * remember-identities.ts.
 */
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
  const signingKey = (wanted: KeyWanted) => sealedKey(wanted, needs)
  const agent = makeVeramoAgent(session, needs.resolveDid, { ...needs, signingKey })
  return async (issuer, document, mechanism, options) => {
    // A deep copy, because Veramo changes its input.
    const lists = {
      '@context': [...asList(document['@context'])],
      type: [...asList(document.type)],
    }
    const credential = { ...document, ...lists, issuer: document.issuer ?? issuer.did } as never
    try {
      return (await agent.createVerifiableCredential({
        credential,
        proofFormat: mechanism,
        ...options,
      })) as unknown as JsonObject
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'credential_malformed') throw error
      throw new ServiceError('signing_unavailable', 'the credential could not be signed', {
        cause: error,
      })
    }
  }
}

/**
 * Uses a key sealed here directly: the way through Veramo's managers costs more than the signature.
 */
async function sealedKey(
  { did, kinds, keyRef }: KeyWanted,
  { keys, keeper }: Pick<SecureCredentialNeeds, 'keys' | 'keeper'>,
): Promise<SigningKey | undefined> {
  const identity = await keys.find(did as Did)
  const key = identity?.keys.find(
    ({ id, publicKey }) => kinds.includes(publicKey.kind) && (keyRef ?? id) === id,
  )
  if (!key?.sealed) return undefined
  const signer = await keeper.signer({ publicKey: key.publicKey, sealed: key.sealed }, key.id)
  return { signer, verificationMethod: `${did}#${key.fragment}` }
}
