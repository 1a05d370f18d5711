import { expect, test } from 'vitest'
import { didJwk } from '../../src/did/jwk.ts'
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

test('a DID is resolved in the three forms, by Accept', async () => {
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
    didResolutionMetadata: { contentType: 'application/did+json' },
    didDocumentMetadata: {},
  })
  expect(older.json).toEqual({ '@context': 'https://w3id.org/did-resolution/v1', ...result.json })
  expect([bare.type, bare.json.id]).toEqual(['application/did+json', did])
  expect(any.json).toEqual(result.json)
})

test('a did:jwk, and a did:web assigned here, are resolved; a percent-encoded DID is the same', async () => {
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

test('a fragment names a part of the document', async () => {
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

test('what cannot be resolved says why, in each form with its own status', async () => {
  const { resolve } = await resolver()
  const { did } = party()
  const cases = [
    ['did:key:z6MkBAD', 400, 'INVALID_DID', 'invalidDid'],
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
