import { expect, test } from 'vitest'
import { didJwk } from '../../src/did/methods/jwk.ts'
import { locationAt } from '../../src/did/service-endpoint.ts'
import { toMultibase58 } from '../../src/foundation/encoding.ts'
import { toJwk } from '../../src/keys/public-key.ts'
import { party } from '../parties.ts'
import { world } from '../world.ts'

const profile = 'application/ld+json;profile="https://w3id.org/did-resolution"'

async function resolver(environment = {}) {
  const w = await world(environment)
  const resolve = async (did: string, accept = 'application/did-resolution') => {
    const response = await fetch(`${w.url}/1.0/identifiers/${did}`, { headers: { accept } })
    const text = await response.text()
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      json: text === '' ? undefined : (JSON.parse(text) as any),
    }
  }
  return { w, resolve }
}

test('a DID is resolved in three forms, by Accept', async () => {
  const { resolve } = await resolver()
  const { did } = party()

  const [result, older, bare, any] = [
    await resolve(did),
    await resolve(did, profile),
    await resolve(did, 'application/did+json'),
    await resolve(did, '*/*'),
  ]

  expect([result.status, older.status, bare.status]).toEqual([200, 200, 200])
  expect(result.type).toBe('application/did-resolution')
  expect(result.json).toEqual({
    didDocument: bare.json,
    didResolutionMetadata: { contentType: 'application/did' },
    didDocumentMetadata: {},
  })
  expect(older.json).toEqual({
    '@context': 'https://w3id.org/did-resolution/v1',
    ...result.json,
    didResolutionMetadata: { contentType: 'application/did+json' },
  })
  expect([bare.type, bare.json.id]).toEqual(['application/did+json', did])
  expect(any.json).toEqual(result.json)
})

test('a did:jwk and a did:web assigned here resolve; a percent-encoded DID is the same', async () => {
  const port = { PROCURA_PUBLIC_URL: 'https://iam.acme.example' }
  const { w, resolve } = await resolver(port)
  const agent = await w.agent({ didMethod: 'web' })
  const jwk = didJwk(party().signer.publicKey)
  const ids = await Promise.all(
    [agent.did, jwk, encodeURIComponent(agent.did), encodeURIComponent(jwk)].map(
      async (did) => (await resolve(did)).json.didDocument.id,
    ),
  )

  expect(ids).toEqual([agent.did, jwk, agent.did, jwk])
})

test('a fragment selects a part of the document', async () => {
  const { resolve } = await resolver()
  const { signer, did, verificationMethod } = party()
  const jwk = didJwk(signer.publicKey)

  const key = await resolve(verificationMethod.replace('#', '%23'))
  const ofJwk = await resolve(`${jwk}%230`, profile)
  const none = await resolve(`${did}%23none`)

  expect(key.json.didDocument).toMatchObject({ id: verificationMethod, controller: did })
  expect(ofJwk.json.didDocument).toMatchObject({
    id: `${jwk}#0`,
    publicKeyJwk: { ...toJwk(signer.publicKey) },
  })
  expect([none.status, none.json.didResolutionMetadata.error.type]).toEqual([
    404,
    'https://www.w3.org/ns/did#NOT_FOUND',
  ])
})

test('a did:key has versions, keys of many kinds, and a choice of formats', async () => {
  const { resolve } = await resolver()
  const parties = [party(), party('P-256'), party('P-384')]
  const agreement = 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc'

  for (const { did, signer } of parties) {
    const fragment = did.slice(8)
    const versioned = (await resolve(`did:key:1.1:${fragment}`)).json.didDocument
    expect([versioned.id, versioned.verificationMethod[0].id]).toEqual([
      `did:key:1.1:${fragment}`,
      `did:key:1.1:${fragment}#${fragment}`,
    ])
    const asJwk = (await resolve(`${did}?publicKeyFormat=JsonWebKey2020`)).json.didDocument
    expect(asJwk.verificationMethod[0]).toMatchObject({
      type: 'JsonWebKey2020',
      publicKeyJwk: { ...toJwk(signer.publicKey) },
    })
  }
  const { keyAgreement, ...other } = (await resolve(agreement)).json.didDocument
  expect([keyAgreement.length, 'authentication' in other]).toEqual([1, false])
})

test('a relative reference cannot leave the folder of its endpoint', () => {
  const endpoint = 'https://files.acme.example/agents/one'
  const at = (reference?: string) => locationAt(endpoint, reference)

  expect([at(), at('two'), at('below/it?x=//y#z'), at('./a/../b')]).toEqual([
    endpoint,
    'https://files.acme.example/agents/two',
    'https://files.acme.example/agents/below/it?x=//y#z',
    'https://files.acme.example/agents/b',
  ])
  const references = [
    ...['//evil.example/', '\\\\evil.example', '/\\evil.example', 'https://evil.example/agents/'],
    ...[
      'http://files.acme.example/agents/',
      'javascript:alert(1)',
      'data:,x',
      '//x@files.acme.example/agents/',
    ],
    ...[
      '../',
      '../../x',
      '/',
      '/elsewhere',
      'a/../../b',
      '%2e%2e/x',
      'a%2f..',
      '..%5cx',
      '\t//evil.example',
    ],
    ...['//files.acme.example:8443/agents/', '..\\x'],
  ]
  expect(references.filter((reference) => at(reference) !== undefined)).toEqual([])
  expect(
    [
      'javascript:alert(1)',
      'ftp://a.example/',
      'nothing',
      {},
      ['https://a.example/'],
      undefined,
    ].map((one) => locationAt(one)),
  ).toEqual(Array(6).fill(undefined))
})

test('a failed fragment or path is reported by dereferencing too', async () => {
  const { resolve } = await resolver()
  const { did } = party()

  expect((await resolve(`${did}/path`, profile)).json.didDereferencingMetadata).toEqual({
    error: 'invalidDidUrl',
  })
  expect((await resolve('did:key:z6MkBAD', profile)).json).not.toHaveProperty(
    'didDereferencingMetadata',
  )
})

test('each form reports what cannot be resolved, with its own status', async () => {
  const { resolve } = await resolver()
  const { did } = party()
  const cases = [
    ['did:key:z6MkBAD', 400, 'INVALID_DID', 'unsupportedPublicKeyType'],
    [
      `did:key:${toMultibase58(Uint8Array.of(0xed, 1, 7, ...new Uint8Array(30)))}`,
      400,
      'INVALID_DID',
      'invalidPublicKeyLength',
    ],
    [`did:key:u${did.slice(9)}`, 400, 'INVALID_DID', 'invalidDid'],
    [`did:key:0:${did.slice(8)}`, 400, 'INVALID_DID', 'invalidDid'],
    [`did:key:one:${did.slice(8)}`, 400, 'INVALID_DID', 'invalidDid'],
    [`did:key:1:1:${did.slice(8)}`, 400, 'INVALID_DID', 'invalidDid'],
    // A private key, and a key of small order.
    [
      'did:key:z3u2fprgdREFtGakrHr6zLyTeTEZtivDnYCPZmcSt16EYCER',
      400,
      'INVALID_DID',
      'unsupportedPublicKeyType',
    ],
    [
      `did:key:${toMultibase58(Uint8Array.of(0xed, 1, 1, ...new Uint8Array(31)))}`,
      400,
      'INVALID_DID',
      'invalidPublicKey',
    ],
    [`${did}?publicKeyFormat=Nothing`, 400, 'INVALID_DID', 'unsupportedPublicKeyType'],
    [
      `${did}?publicKeyFormat=Ed25519VerificationKey2018`,
      400,
      'INVALID_DID',
      'invalidPublicKeyType',
    ],
    [
      `${did}?publicKeyFormat=X25519KeyAgreementKey2020`,
      400,
      'INVALID_DID',
      'invalidPublicKeyType',
    ],
    [`${did}?service=files`, 404, 'NOT_FOUND', 'notFound'],
    [`${did}?service=files&service=mail`, 400, 'INVALID_DID_URL', 'invalidDidUrl'],
    [`${did}?service=files&relativeRef=a&relativeRef=b`, 400, 'INVALID_DID_URL', 'invalidDidUrl'],
    ['nothing', 400, 'INVALID_DID', 'invalidDid'],
    ['did:key:', 400, 'INVALID_DID', 'invalidDid'],
    [`${did}/path`, 400, 'INVALID_DID_URL', 'invalidDidUrl'],
    [`${did}?versionId=1`, 400, 'INVALID_DID_URL', 'invalidDidUrl'],
    ['did:example:1', 501, 'METHOD_NOT_SUPPORTED', 'methodNotSupported'],
    ['did:web:elsewhere.example', 501, 'METHOD_NOT_SUPPORTED', 'methodNotSupported'],
  ] as const

  for (const [asked, status, error, olderError] of cases) {
    const [result, older, bare] = [
      await resolve(asked),
      await resolve(asked, profile),
      await resolve(asked, 'application/did+json'),
    ]
    expect([asked, result.status, older.status, bare.status]).toEqual([
      asked,
      status,
      status,
      status,
    ])
    expect(result.json.didDocument).toBeNull()
    expect(result.json.didResolutionMetadata.error.type).toBe(`https://www.w3.org/ns/did#${error}`)
    expect([older.json.didDocument, older.json.didResolutionMetadata.error]).toEqual([
      {},
      olderError,
    ])
    expect(bare.json).toBeUndefined()
  }
  expect((await resolve(did, 'text/html')).status).toBe(406)
})
