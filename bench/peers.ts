import {
  createAgent,
  type ICredentialPlugin,
  type IDIDManager,
  type IKeyManager,
  type IResolver,
} from '@veramo/core'
import { CredentialProviderJWT } from '@veramo/credential-jwt'
import { CredentialPlugin } from '@veramo/credential-w3c'
import { DIDManager } from '@veramo/did-manager'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { KeyManager, MemoryKeyStore } from '@veramo/key-manager'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { makeSealedKeyKeeper } from '../src/adapters/keys/sealed.ts'
import type { IdentityKey, IdentityStore } from '../src/did/identity.ts'
import { makeDidKey } from '../src/did/methods/key.ts'
import { makeResolver } from '../src/did/resolve.ts'
import { type Id, newId } from '../src/foundation/id.ts'
import { makeVeramoResolver } from '../src/veramo/agent.ts'
import { DidKeyProvider } from '../src/veramo/did-key-provider.ts'
import {
  IdentityDidStore,
  type KeySession,
  kmsName,
  SealedKeyManagementSystem,
} from '../src/veramo/key-management.ts'
import type { Work } from './measure.ts'

/** Keys in memory, with the interface of those in the database. */
export function memorySession(): KeySession {
  const keys: IdentityKey[] = []
  const store: IdentityStore = {
    find: async (did) => {
      const found = keys.filter((key) => key.did === did)
      return found.length > 0 ? { did, keys: found } : undefined
    },
    findKey: async (id) => keys.find((key) => key.id === id),
    addKey: (key) => {
      keys.push(key)
      return { text: [''], parameters: [] }
    },
    supersede: () => ({ text: [''], parameters: [] }),
    mustBeCurrent: () => ({ text: [''], parameters: [] }),
    mustHaveCurrent: () => ({ text: [''], parameters: [] }),
    sealedKeys: async () => keys,
    replaceSeal: () => ({ text: [''], parameters: [] }),
  }
  return {
    keys: store,
    keeper: makeSealedKeyKeeper(nodeCrypto.randomBytes(32)),
    newId: (): Id => newId(Date.now(), nodeCrypto.randomBytes),
    now: Date.now(),
    made: new Map(),
    writes: [],
    added: [],
  }
}

/** Veramo 7 as published: VCDM 1.1 as a JWT, with the same keys. */
async function veramoJwt(): Promise<{ sign: Work; verify: Work }> {
  const session = memorySession()
  const agent = createAgent<IDIDManager & IKeyManager & IResolver & ICredentialPlugin>({
    plugins: [
      new KeyManager({
        store: new MemoryKeyStore(),
        kms: { [kmsName]: new SealedKeyManagementSystem(session) },
      }),
      new DIDManager({
        store: new IdentityDidStore(session),
        defaultProvider: 'did:key',
        providers: { 'did:key': new DidKeyProvider({ defaultKms: kmsName }) },
      }),
      new DIDResolverPlugin({ resolver: makeVeramoResolver(makeResolver({ key: makeDidKey() })) }),
      new CredentialPlugin([new CredentialProviderJWT()]),
    ],
  })
  const { did } = await agent.didManagerCreate({ provider: 'did:key' })
  const sign = () =>
    agent.createVerifiableCredential({
      credential: { issuer: did, credentialSubject: { id: did, permission: 'read' } },
      proofFormat: 'jwt',
    })
  const credential = await sign()
  return { sign, verify: () => agent.verifyCredential({ credential }) }
}

/** @digitalbazaar/vc with eddsa-rdfc-2022 for the same kind of credential. */
async function digitalBazaar(): Promise<{ sign: Work; verify: Work }> {
  const load = (name: string): Promise<Record<string, never>> => import(name)
  const { issue, verifyCredential, defaultDocumentLoader } = (await load(
    '@digitalbazaar/vc',
  )) as never as {
    issue(options: object): Promise<object>
    verifyCredential(options: object): Promise<{ verified: boolean; error?: Error }>
    defaultDocumentLoader(url: string): Promise<object>
  }
  const { DataIntegrityProof } = (await load('@digitalbazaar/data-integrity')) as never as {
    DataIntegrityProof: new (options: object) => object
  }
  const { cryptosuite } = (await load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite')) as never as {
    cryptosuite: object
  }
  const Multikey = (await load('@digitalbazaar/ed25519-multikey')) as never as {
    generate(options?: object): Promise<{
      id: string
      controller: string
      publicKeyMultibase: string
      signer(): object
      export(options: object): Promise<object>
    }>
  }
  const key = await Multikey.generate()
  const did = `did:key:${key.publicKeyMultibase}`
  key.controller = did
  key.id = `${did}#${key.publicKeyMultibase}`
  const method = await key.export({ publicKey: true, includeContext: true })
  const controller = {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: [method],
    assertionMethod: [key.id],
  }
  const documentLoader = async (url: string) =>
    url.startsWith('did:key:')
      ? { contextUrl: null, documentUrl: url, document: url.includes('#') ? method : controller }
      : defaultDocumentLoader(url)
  const credential = {
    '@context': [
      'https://www.w3.org/ns/credentials/v2',
      'https://www.w3.org/ns/credentials/undefined-terms/v2',
    ].slice(0, 1),
    type: ['VerifiableCredential'],
    issuer: did,
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: { id: did, name: 'monthly report' },
  }
  const suite = () => new DataIntegrityProof({ signer: key.signer(), cryptosuite })
  const sign = () => issue({ credential: { ...credential }, suite: suite(), documentLoader })
  const secured = await sign()
  const verify = () =>
    verifyCredential({
      credential: secured,
      suite: new DataIntegrityProof({ cryptosuite }),
      documentLoader,
    })
  const result = await verify()
  if (!result.verified)
    throw new Error(
      `@digitalbazaar/vc does not verify its own credential: ${JSON.stringify(result.error)}`,
    )
  return { sign, verify }
}

export async function peerVerifyWorks(): Promise<Record<string, Work>> {
  return {
    'Veramo 7, VCDM 1.1 JWT': (await veramoJwt()).verify,
    '@digitalbazaar/vc, eddsa-rdfc-2022': (await digitalBazaar()).verify,
  }
}

export async function peerSignWorks(): Promise<Record<string, Work>> {
  return {
    'Veramo 7, VCDM 1.1 JWT': (await veramoJwt()).sign,
    '@digitalbazaar/vc, eddsa-rdfc-2022': (await digitalBazaar()).sign,
  }
}
