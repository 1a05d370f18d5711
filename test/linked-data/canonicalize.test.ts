import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeBudget } from '../../src/foundation/budget.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import {
  bundledInitialContext,
  extend,
  initialContext,
} from '../../src/linked-data/active-context.ts'
import { canonicalQuads } from '../../src/linked-data/canonical-quads.ts'
import {
  canonicalizeByLibrary,
  canonicalizeDataset,
  canonicalizeRdf,
} from '../../src/linked-data/canonicalize.ts'
import { toQuads as toQuadsIn } from '../../src/linked-data/to-quads.ts'
import { haveVectors, vectorJson, vectorText } from '../vectors.ts'

const sha256 = (text: string) => new Uint8Array(createHash('sha256').update(text).digest())
const initial = await bundledInitialContext()
const count = (quads: ReturnType<typeof toQuadsIn>) =>
  isRefusal(quads) ? quads.refused : quads?.length
const toQuads = (document: JsonObject) => toQuadsIn(document, initial, makeBudget())
const v2 = 'https://www.w3.org/ns/credentials/v2'
const examples = 'https://www.w3.org/ns/credentials/examples/v2'
const procura = 'https://w3id.org/procura/v1'

const credential = (more: object = {}, contexts: readonly unknown[] = [v2]): JsonObject => ({
  '@context': contexts as never,
  type: ['VerifiableCredential'],
  issuer: 'did:example:issuer',
  credentialSubject: { id: 'did:example:subject', name: 'Subject' },
  ...more,
})

describe('RDF canonicalization', () => {
  test.skipIf(!haveVectors)('gives the canonical N-Quads of the published vectors', async () => {
    const cases = [
      ['unsigned.json', 'eddsa-rdfc-2022/canonDocDataInt.txt'],
      ['eddsa-rdfc-2022/proofConfigDataInt.json', 'eddsa-rdfc-2022/proofCanonDataInt.txt'],
    ] as const
    for (const [document, canonical] of cases)
      expect(
        await canonicalizeRdf(vectorJson(`vc-di-eddsa/${document}`), sha256, makeBudget()),
      ).toBe(vectorText(`vc-di-eddsa/${canonical}`))
  })

  test('remembers only bundled contexts, in short lists: a document may name any other, at any length', () => {
    const documents = new Map([[v2, { '@context': { id: '@id' } } as JsonObject]])
    const empty = initialContext(documents)
    const long = `https://stranger.example/${'x'.repeat(100_000)}`

    const made = [long, [long], [v2, long], Array(9).fill(v2), [v2, v2]].map(
      (context) => extend(empty, context) !== undefined,
    )

    expect(made).toEqual([false, false, false, false, true])
    expect([...empty.extended.keys()].filter((key) => typeof key === 'string').sort()).toEqual([
      `[${v2} ${v2}]`,
      v2,
    ])
  })

  test('passes contexts with features beyond terms, types, graphs and scopes to the library', () => {
    const url = 'https://example.com/context'
    const read = (context: unknown) => {
      const documents = new Map([[url, { '@context': context } as JsonObject]])
      const document = { '@context': [url], id: 'urn:a', a: 'x' } as JsonObject
      return count(toQuadsIn(document, initialContext(documents), makeBudget()))
    }
    const id = '@id'
    const a = 'https://example.com/a'

    expect(read({ id, a })).toBe(1)
    expect(read({ id, '@vocab': 'https://example.com/' })).toBe(1)
    expect(read({ id, e: 'https://example.com/', a: { '@id': 'e:a' } })).toBe(1)
    for (const context of [
      { id, '@vocab': null },
      { id, a, '@language': 'en' },
      { id, a, '@base': 'https://example.com/' },
      { id, a: null },
      { id, a: 5 },
      { id, a: { '@id': a, '@language': 'en' } },
      { id, a: { '@reverse': a } },
      { id, a: { '@id': a, '@container': '@list' } },
      { id, a: { '@id': a, '@container': ['@set'] } },
      { id, a: { '@id': 5 } },
      { id, a: { '@id': a, '@type': 5 } },
      { id, a: { '@id': a, '@type': 'undefined' } },
      { id, a: { '@type': '@id' } },
      { id, a: { '@id': 'e:a' }, e: null },
      { id, a: { '@id': 'e:a' }, e: { '@id': 'https://example.com/' } },
      ['https://example.com/unknown', { id, a }],
      [{ id, a }],
      'https://example.com/unknown',
    ])
      expect([context, read(context)]).toEqual([context, undefined])
  })

  test('agrees with the library on every document that it reads by itself', async () => {
    let byItself = 0
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const quads = toQuads(document)
        if (!quads || isRefusal(quads)) return
        byItself++
        const ours = await canonicalQuads(quads, sha256, makeBudget())
        if (ours !== undefined)
          expect(ours).toBe(await canonicalizeByLibrary(document, sha256, makeBudget()))
      }),
      { numRuns: Number(process.env.PROCURA_TEST_CASES ?? 4000) },
    )
    expect(byItself).toBeGreaterThan(300)
  })

  test('reads by itself what a service issues, and presentations of it', () => {
    const issued = credential(
      {
        id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
        type: ['VerifiableCredential', 'TaskPermissionCredential'],
        validFrom: '2026-11-22T09:00:00Z',
        credentialSubject: { id: 'did:example:subject', permission: { grants: [] } },
        credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
      },
      [v2, procura],
    )
    const presented = {
      '@context': [v2],
      type: 'VerifiablePresentation',
      verifiableCredential: [{ ...issued, proof: { type: 'DataIntegrityProof' } }],
    }
    expect([count(toQuads(issued)), count(toQuads(presented))]).toEqual([9, 13])
  })

  test.each([
    ['a term that no context defines', credential({ unheardOf: 1 })],
    ['a type that no context defines', credential({ type: ['VerifiableCredential', 'Unheard'] })],
    [
      'a type under a vocabulary that is taken away',
      credential({ type: ['VerifiableCredential', 'Unheard'] }, [v2, examples, { '@vocab': null }]),
    ],
    ['a relative id', credential({ credentialSubject: { id: 'subject', name: 'S' } })],
    ['a redefined protected term', credential({}, [v2, { name: 'https://example.com/name' }])],
    ['a context that is not bundled', credential({}, [v2, 'https://example.com/context'])],
  ])('refuses %s', async (_, document) => {
    expect(await canonicalizeRdf(document, sha256, makeBudget())).toMatchObject({
      refused: 'data_loss',
    })
  })

  test('passes language, direction and terms of the document itself to the library', async () => {
    const document = credential(
      { name: { '@value': 'Nom', '@language': 'fr', '@direction': 'ltr' }, badge: 'gold' },
      [v2, { badge: 'https://example.com/badge' }],
    )
    expect(toQuads(document)).toBeUndefined()
    expect(await canonicalizeRdf(document, sha256, makeBudget())).toContain(
      '<https://schema.org/name> "Nom"^^<https://www.w3.org/ns/i18n#fr_ltr>',
    )
  })

  test('B38 refuses graphs built to be expensive, and soon', async () => {
    const ring = (length: number) =>
      Array.from({ length }, (_, i) => `_:b${i} <urn:p> _:b${(i + 1) % length} .\n`).join('')
    const clique = (size: number) =>
      Array.from({ length: size * size }, (_, i) => [i % size, Math.floor(i / size)])
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => `_:b${a} <urn:p> _:b${b} .\n`)
        .join('')
    const started = performance.now()
    for (const graph of [ring(600), clique(10)])
      expect(await canonicalizeDataset(graph, sha256, makeBudget())).toMatchObject({
        refused: 'budget_exceeded',
      })
    // Generous: what is measured is that it ends at all.
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('B39 canonicalizes blank nodes that look alike', async () => {
    const alike = '_:a <urn:p> _:b .\n_:b <urn:p> _:a .\n'
    expect(await canonicalizeDataset(alike, sha256, makeBudget())).toBe(
      '_:c14n0 <urn:p> _:c14n1 .\n_:c14n1 <urn:p> _:c14n0 .\n',
    )
  })

  test('refuses a document that is too large for the library', async () => {
    const list = Array.from({ length: 5000 }, (_, i) => `n${i}`)
    const document = credential({ badge: list }, [v2, { badge: 'https://example.com/badge' }])
    expect(isRefusal(await canonicalizeRdf(document, sha256, makeBudget()))).toBe(true)
  })
})

/** Documents of terms that are known, that are not, and of every kind of value. */
const documents: fc.Arbitrary<JsonObject> = fc
  .letrec<{ node: JsonObject; value: unknown }>((tie) => ({
    value: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          'text',
          'did:example:a',
          'urn:x:1',
          'https://example.com/',
          'assertionMethod',
          '2026-01-01T00:00:00Z',
          'a "b"\n\u0007\\',
          'é\u{1f600}',
          '',
        ),
      },
      { weight: 2, arbitrary: fc.constantFrom<unknown>(1, 0, -5, true, false, null, 1e15) },
      {
        weight: 1,
        arbitrary: fc.array(fc.constantFrom<unknown>('x', 'urn:y', 2, null), { maxLength: 3 }),
      },
      { weight: 1, arbitrary: fc.array(tie('node'), { maxLength: 2 }) },
      { weight: 3, arbitrary: tie('node') },
    ),
    node: fc
      .tuple(
        fc.option(
          fc.constantFrom('did:example:a', 'urn:x:1', 'relative', '_:b0', 'https://e.example/é'),
        ),
        fc.option(
          fc.subarray([
            'VerifiableCredential',
            'VerifiablePresentation',
            'DataIntegrityProof',
            'BitstringStatusListEntry',
            'JsonSchema',
            'Unheard',
            'TaskPermissionCredential',
            'urn:type:a',
            'Multikey',
          ]),
        ),
        fc.option(
          fc.constantFrom<unknown>(
            v2,
            [v2],
            [v2, examples],
            [v2, procura],
            'https://nowhere.example/',
          ),
          { freq: 8 },
        ),
        fc.dictionary(
          fc.constantFrom(
            'issuer',
            'credentialSubject',
            'name',
            'description',
            'proof',
            'permission',
            'validFrom',
            'evidence',
            'verifiableCredential',
            'proofPurpose',
            'statusSize',
            'jsonSchema',
            'cnf',
            'jwk',
            'holder',
            'statusMessage',
            'message',
            'unheard',
            'urn:p',
            'previousProof',
            'assertionMethod',
          ),
          tie('value'),
          { maxKeys: 4, depthIdentifier: 'node' },
        ),
      )
      .map(([id, type, context, members]) => ({
        ...(context == null ? {} : { '@context': context }),
        ...(id === null ? {} : { id }),
        ...(type === null ? {} : { type }),
        ...members,
      })) as fc.Arbitrary<JsonObject>,
  }))
  .node.chain((node) =>
    fc
      .constantFrom<unknown>(
        [v2],
        [v2, examples],
        [v2, procura],
        ['https://www.w3.org/2018/credentials/v1'],
        [
          'https://www.w3.org/2018/credentials/v1',
          'https://w3id.org/security/data-integrity/v2',
          examples,
        ],
        [v2, 'https://w3id.org/security/multikey/v1'],
      )
      .map(
        (context) => ({ type: 'VerifiableCredential', ...node, '@context': context }) as JsonObject,
      ),
  )
