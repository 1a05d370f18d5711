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
import { expect, test } from 'vitest'
import { memorySession } from '../../bench/peers.ts'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { parseSecuredCredential } from '../../src/credential/authenticate-credential.ts'
import { makeDidKey } from '../../src/did/methods/key.ts'
import { makeResolver } from '../../src/did/resolve.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { authenticatePresentation } from '../../src/presentation/authenticate-presentation.ts'
import { parsePresentation } from '../../src/presentation/parse-presentation.ts'
import {
  DataIntegrityProvider,
  DidKeyProvider,
  JoseProvider,
  makeVeramoResolver,
  SdJwtProvider,
} from '../../src/veramo/index.ts'
import {
  IdentityDidStore,
  kmsName,
  SealedKeyManagementSystem,
} from '../../src/veramo/key-management.ts'
import { verdict } from '../parties.ts'

/** A Veramo agent as any Veramo user would put it together, with our providers beside Veramo's own. */
function veramo() {
  const session = memorySession()
  const needs = { crypto: nodeCrypto, clock: Date.now }
  return createAgent<IDIDManager & IKeyManager & IResolver & ICredentialPlugin>({
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
      new CredentialPlugin([
        new DataIntegrityProvider('eddsa-jcs-2022', needs),
        new DataIntegrityProvider('ecdsa-jcs-2019', needs),
        new DataIntegrityProvider('eddsa-rdfc-2022', needs),
        new DataIntegrityProvider('ecdsa-rdfc-2019', needs),
        new DataIntegrityProvider('ecdsa-sd-2023', needs),
        new SdJwtProvider(needs),
        new JoseProvider(needs),
        new CredentialProviderJWT(),
      ]),
    ],
  })
}

const badge = (issuer: string) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  issuer,
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: { id: issuer, name: 'reader' },
})

test.each([
  ['eddsa-jcs-2022', 'Ed25519'],
  ['ecdsa-jcs-2019', 'Secp256r1'],
  ['eddsa-rdfc-2022', 'Ed25519'],
  ['ecdsa-rdfc-2019', 'Secp256r1'],
  ['ecdsa-rdfc-2019', 'Secp384r1'],
  ['vc+jwt', 'Ed25519'],
  ['vc+jwt', 'Secp256r1'],
  ['vc+jwt', 'Secp384r1'],
])(
  'a Veramo agent issues and verifies %s with a %s key, and secures exactly the document given',
  async (proofFormat, keyType) => {
    const agent = veramo()
    const { did } = await agent.didManagerCreate({ provider: 'did:key', options: { keyType } })
    const given = badge(did)

    const credential = (await agent.createVerifiableCredential({
      credential: structuredClone(given) as never,
      proofFormat,
    })) as any

    const secured =
      proofFormat === 'vc+jwt'
        ? JSON.parse(Buffer.from(credential.id.split('.')[1], 'base64url').toString())
        : (({ proof: _, ...rest }) => rest)(credential)
    expect(secured).toEqual(given)
    expect(await agent.verifyCredential({ credential })).toMatchObject({ verified: true })
    expect(await verdict(credential, { clock: Date.now } as never)).toBe('authentic')
    const edited = JSON.parse(
      JSON.stringify(credential)
        .replace('reader', 'writer')
        .replace(/(\.[\w-]{10})./, '$1A'),
    )
    expect(await agent.verifyCredential({ credential: edited })).toMatchObject({ verified: false })
  },
)

test.each(['eddsa-jcs-2022', 'vc+jwt'])(
  'a Veramo agent presents by %s, and verifies the nested credential too',
  async (proofFormat) => {
    const agent = veramo()
    const { did } = await agent.didManagerCreate({ provider: 'did:key' })
    const credential = await agent.createVerifiableCredential({
      credential: badge(did) as never,
      proofFormat: 'eddsa-jcs-2022',
    })
    const presentation = {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiablePresentation'],
      holder: did,
      verifiableCredential: [credential],
    }
    const present = (shown: object) =>
      agent.createVerifiablePresentation({
        presentation: structuredClone(shown) as never,
        proofFormat,
        challenge: 'c',
        domain: 'd',
      })

    const good = await present(presentation)

    expect(
      await agent.verifyPresentation({ presentation: good, challenge: 'c', domain: 'd' }),
    ).toMatchObject({ verified: true })
    expect(
      await agent.verifyPresentation({ presentation: good, challenge: 'other', domain: 'd' }),
    ).toMatchObject({ verified: false, error: { errorCode: 'challenge_mismatch' } })
    if (proofFormat === 'eddsa-jcs-2022') {
      const forged = await present({
        ...presentation,
        verifiableCredential: [{ ...(credential as object), validFrom: '2020-01-01T00:00:00Z' }],
      })
      expect(
        await agent.verifyPresentation({ presentation: forged, challenge: 'c', domain: 'd' }),
      ).toMatchObject({ verified: false, error: { errorCode: 'signature_invalid' } })
    }
  },
)

test('Veramo’s own JWT provider works beside ours, and each takes its own', async () => {
  const agent = veramo()
  const { did } = await agent.didManagerCreate({ provider: 'did:key' })

  const jwt = await agent.createVerifiableCredential({
    credential: { issuer: did, credentialSubject: { id: did, role: 'reader' } },
    proofFormat: 'jwt',
  })

  expect((jwt.proof as { type: string }).type).toBe('JwtProof2020')
  expect(await agent.verifyCredential({ credential: jwt })).toMatchObject({ verified: true })
})

test('what Veramo’s own JWT provider issues and presents is read, and nothing beside the token', async () => {
  const agent = veramo()
  for (const keyType of ['Ed25519', 'Secp256r1']) {
    const { did } = await agent.didManagerCreate({ provider: 'did:key', options: { keyType } })
    const expirationDate = new Date(Date.now() + 3_600_000).toISOString()
    const credential = (await agent.createVerifiableCredential({
      credential: { issuer: did, expirationDate, credentialSubject: { id: did, role: 'reader' } },
      proofFormat: 'jwt',
    })) as never as JsonObject
    const presentation = (await agent.createVerifiablePresentation({
      presentation: { holder: did, verifiableCredential: [credential as never] },
      proofFormat: 'jwt',
      challenge: 'c',
      domain: 'd',
    })) as never as JsonObject
    const clock = { clock: Date.now } as never
    const parsed = parseSecuredCredential({
      ...credential,
      credentialSubject: { id: did, role: 'writer' },
    })
    const held = parsePresentation(presentation)
    if (isRefusal(parsed) || isRefusal(held)) throw new Error('it was not read')
    const judge = async (challenge: string) => {
      const needs = {
        clock: Date.now,
        crypto: nodeCrypto,
        resolveDid: makeResolver({ key: makeDidKey() }),
        get budget() {
          return makeBudget()
        },
      }
      const result = await authenticatePresentation(needs, held, { challenge, domain: 'd' })
      return isRefusal(result) ? result.refused : 'authentic'
    }
    const { jwt } = credential.proof as { jwt: string }
    const [head, body, signature] = jwt.split('.')
    const claims = JSON.parse(Buffer.from(body!, 'base64url').toString())
    const altered = (more: object) => ({
      proof: {
        type: 'JwtProof2020',
        jwt: `${head}.${Buffer.from(JSON.stringify({ ...claims, ...more })).toString('base64url')}.${signature}`,
      },
    })

    expect(await verdict(credential, clock)).toBe('authentic')
    expect(parsed.subjects).toEqual([{ id: did, role: 'reader' }])
    expect(parsed.validUntil).toBe(Math.floor(Date.parse(expirationDate) / 1000) * 1000)
    expect([await judge('c'), await judge('other')]).toEqual(['authentic', 'challenge_mismatch'])
    expect(await verdict(held.credentials[0]!.json, clock)).toBe('authentic')
    expect(await verdict(altered({ nbf: claims.nbf - 1 }), clock)).toBe('signature_invalid')
    expect(
      await verdict(altered({ iss: 'did:key:other', vc: { ...claims.vc, issuer: did } }), clock),
    ).toBe('value_malformed')
    expect(await verdict(altered({ vp: {} }), clock)).toBe('value_malformed')
    expect(await verdict({ proof: { type: 'JwtProof2020' } }, clock)).toBe('proof_malformed')
  }
})

test('a did:key with a curve that we do not sign with still resolves for Veramo', async () => {
  const agent = veramo()

  const secp256k1 = await agent.resolveDid({
    didUrl: 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
  })
  const malformed = await agent.resolveDid({ didUrl: 'did:key:zQ3sh' })

  expect(secp256k1.didDocument?.verificationMethod).toHaveLength(1)
  expect(malformed.didResolutionMetadata.error).toBeDefined()
})
