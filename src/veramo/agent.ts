import {
  createAgent,
  type ICredentialPlugin,
  type IDIDManager,
  type IKeyManager,
  type IResolver,
  type TAgent,
} from '@veramo/core'
import { CredentialPlugin } from '@veramo/credential-w3c'
import { DIDManager } from '@veramo/did-manager'
import { WebDIDProvider } from '@veramo/did-provider-web'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { KeyManager } from '@veramo/key-manager'
import { type DIDResolver, Resolver } from 'did-resolver'
import { getResolver as otherDidKeys } from 'key-did-resolver'
import { cryptosuiteNames } from '../credential/cryptosuite.ts'
import type { ResolveDid } from '../did/resolve.ts'
import type { Did } from '../did/syntax.ts'
import { makeBudget } from '../foundation/budget.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { DataIntegrityProvider } from './data-integrity-provider.ts'
import { DidKeyProvider } from './did-key-provider.ts'
import { JoseProvider } from './jose-provider.ts'
import {
  IdentityDidStore,
  IdentityKeyStore,
  type KeySession,
  kmsName,
  SealedKeyManagementSystem,
} from './key-management.ts'
import type { ProviderNeeds } from './provider-support.ts'
import { SdJwtProvider } from './sd-jwt-provider.ts'

export type VeramoAgent = TAgent<IDIDManager & IKeyManager & IResolver & ICredentialPlugin>

/** Builds a Veramo agent from Veramo's plugins and our stores, keys, DID methods and providers. */
export function makeVeramoAgent(
  session: KeySession,
  resolveDid: ResolveDid,
  needs: ProviderNeeds,
): VeramoAgent {
  return createAgent<IDIDManager & IKeyManager & IResolver & ICredentialPlugin>({
    plugins: [
      new KeyManager({
        store: new IdentityKeyStore(session),
        kms: { [kmsName]: new SealedKeyManagementSystem(session) },
      }),
      new DIDManager({
        store: new IdentityDidStore(session),
        defaultProvider: 'did:key',
        providers: {
          'did:key': new DidKeyProvider({ defaultKms: kmsName }),
          'did:web': new WebDIDProvider({ defaultKms: kmsName }),
        },
      }),
      new DIDResolverPlugin({ resolver: makeVeramoResolver(resolveDid) }),
      new CredentialPlugin([
        ...cryptosuiteNames.map((name) => new DataIntegrityProvider(name, needs)),
        new JoseProvider(needs),
        new SdJwtProvider(needs),
      ]),
    ],
  })
}

/**
 * Our resolution in did-resolver's form. key-did-resolver handles did:key with curves that we do
 * not sign with.
 */
export function makeVeramoResolver(resolveDid: ResolveDid): Resolver {
  const { key: others } = otherDidKeys()
  const ours: DIDResolver = async (did, parsed, resolver, options) => {
    const document = await resolveDid(did as Did, { budget: makeBudget() })
    if (!isRefusal(document))
      return {
        didDocument: document.json as never,
        didDocumentMetadata: {},
        didResolutionMetadata: { contentType: 'application/did+json' },
      }
    // It throws on malformed input. A curve that is not ours begins with another prefix than z6Mk
    // and zDn.
    if (parsed.method === 'key' && /^z(?!6Mk|Dn)[1-9A-HJ-NP-Za-km-z]{20,200}$/.test(parsed.id)) {
      try {
        return await others!(did, parsed, resolver, options)
      } catch {
        // Answered below, like any other DID that does not resolve.
      }
    }
    return {
      didDocument: null,
      didDocumentMetadata: {},
      didResolutionMetadata: { error: document.refused },
    }
  }
  return new Resolver({ key: ours, web: ours })
}
