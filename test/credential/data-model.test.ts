import { expect, test } from 'vitest'
import { world } from '../world.ts'

/** The rules of VCDM 2.0 as conforming services are judged by them, over HTTP. */
const v1 = 'https://www.w3.org/2018/credentials/v1'
const v2 = 'https://www.w3.org/ns/credentials/v2'
const examples = 'https://www.w3.org/ns/credentials/examples/v2'
const dataIntegrity = 'https://w3id.org/security/data-integrity/v2'
const subject = { id: 'did:example:alice', name: 'Alice' }

const plain = (more: object = {}) => ({
  '@context': [v2],
  type: ['VerifiableCredential'],
  credentialSubject: subject,
  ...more,
})

const sri = {
  july2024: 'sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg',
  recommendation: 'sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU',
  wrong: 'sha384-MMOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg',
}
const resource = (more: object) => ({ id: v2, mediaType: 'application/ld+json', ...more })
const entry = {
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: '94567',
  statusListCredential: 'https://status.example/credentials/3',
}

const bad: Readonly<Record<string, object>> = {
  'no @context': plain({ '@context': undefined }),
  '@context that is no list': plain({ '@context': v2 }),
  'another first context': plain({ '@context': [examples, v2] }),
  'a context that is a number': plain({ '@context': [v2, 5] }),
  'a context that is no URL': plain({ '@context': [v2, 'not a url'] }),
  'a context that is a list': plain({ '@context': [v2, [examples]] }),
  'a context that is not bundled': plain({ '@context': [v2, 'https://example.com/context'] }),
  '@base: null': plain({ '@context': [v2, { '@base': null }] }),
  '@vocab: null with an undefined type': plain({
    '@context': [v2, { '@vocab': null }],
    type: ['VerifiableCredential', 'Undefined'],
  }),
  'a redefined protected term': plain({ '@context': [v2, { issuer: 'https://a.example/i' }] }),
  'a redefined type': plain({ '@context': [v2, { VerifiableCredential: 'https://a.example/t' }] }),
  'no type': plain({ type: undefined }),
  'a type that maps to no URL': plain({ type: ['VerifiableCredential', 'Undefined'] }),
  'a subject type that maps to no URL': plain({
    credentialSubject: { ...subject, type: 'Undefined' },
  }),
  'a term that no context defines': plain({ undefinedTerm: 'x' }),
  'a term of the subject that no context defines': plain({
    credentialSubject: { ...subject, undefinedTerm: 'x' },
  }),
  'id: null': plain({ id: null }),
  'id with a space': plain({ id: 'urn:uuid:not a url' }),
  'id that is a list': plain({ id: ['urn:a:1', 'urn:a:2'] }),
  'several subject ids': plain({
    credentialSubject: { ...subject, id: ['did:example:a', 'did:example:b'] },
  }),
  'an empty subject': plain({ credentialSubject: {} }),
  'an empty subject among others': plain({ credentialSubject: [subject, {}] }),
  'no subject': plain({ credentialSubject: undefined }),
  'issuer: null': plain({ issuer: null }),
  'issuer that is no URL': plain({ issuer: 'fake-issuer' }),
  'issuer.id: null': plain({ issuer: { id: null } }),
  'an issuer of somebody else': plain({ issuer: 'did:example:other' }),
  'a name with other members': plain({ name: { '@value': 'a', '@language': 'en', url: 'b' } }),
  'a description with other members': plain({ description: { '@value': 'a', value: 'b' } }),
  'validFrom that is no dateTimeStamp': plain({ validFrom: '2026-11-22' }),
  'validFrom without offset': plain({ validFrom: '2026-11-22T09:00:00' }),
  'validUntil that is a number': plain({ validUntil: 1795338000 }),
  'validFrom after validUntil': plain({
    validFrom: '2026-11-22T09:00:00Z',
    validUntil: '2026-11-22T08:00:00Z',
  }),
  'credentialStatus without type': plain({ credentialStatus: { id: 'https://a.example/1' } }),
  'termsOfUse without type': plain({ termsOfUse: { id: 'https://a.example/1' } }),
  'evidence without type': plain({ evidence: [{ id: 'https://a.example/1' }] }),
  'refreshService without type': plain({ refreshService: { id: 'https://a.example/1' } }),
  'credentialSchema without type': plain({ credentialSchema: { id: 'https://a.example/1' } }),
  'credentialSchema without id': plain({ credentialSchema: { type: 'JsonSchema' } }),
  'relatedResource that is a string': plain({ relatedResource: v2 }),
  'relatedResource without id': plain({ relatedResource: [{ digestSRI: sri.recommendation }] }),
  'relatedResource twice': plain({
    relatedResource: [
      resource({ digestSRI: sri.recommendation }),
      resource({ digestSRI: sri.recommendation }),
    ],
  }),
  'relatedResource without digest': plain({ relatedResource: [resource({})] }),
  'relatedResource with a wrong digest': plain({
    relatedResource: [resource({ digestSRI: sri.wrong })],
  }),
  'relatedResource with a wrong digest beside a right one': plain({
    relatedResource: [resource({ digestSRI: `${sri.recommendation} ${sri.wrong}` })],
  }),
  'relatedResource with a right digest behind a wrong one': plain({
    relatedResource: [resource({ digestSRI: `${sri.wrong} ${sri.recommendation}` })],
  }),
  'relatedResource with a digest of another length': plain({
    relatedResource: [resource({ digestSRI: `sha384-${sri.recommendation.slice(7, 51)}` })],
  }),
  'relatedResource with a digest that is no text': plain({
    relatedResource: [resource({ digestSRI: 5 })],
  }),
  'relatedResource with a short digestMultibase': plain({
    relatedResource: [{ id: 'https://a.example/x', digestMultibase: 'uWZVc7WaX' }],
  }),
  'relatedResource with a digest of another length, elsewhere': plain({
    relatedResource: [{ id: 'https://a.example/x', digestSRI: `sha384-${'A'.repeat(44)}` }],
  }),
  'relatedResource with a digest that is none': plain({
    relatedResource: [resource({ digestSRI: 'sha384-x' })],
  }),
  'a status entry of a bogus shape': plain({ credentialStatus: { ...entry, statusListIndex: -1 } }),
  'a status entry without its list': plain({
    credentialStatus: { ...entry, statusListCredential: undefined },
  }),
  'an end under its IRI, which nobody reads': plain({
    'https://www.w3.org/2018/credentials#validUntil': '2020-01-01T00:00:00Z',
  }),
  'a proof already': plain({ proof: { type: 'DataIntegrityProof' } }),
  'a VCDM 1.1 credential without issuanceDate': {
    '@context': [v1],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a' },
  },
  'what is a task permission under another name': plain({
    '@context': [
      v2,
      { lent: { '@id': 'https://w3id.org/procura/v1#permission', '@type': '@json' } },
    ],
    credentialSubject: { ...subject, lent: {} },
  }),
}

const good: Readonly<Record<string, object>> = {
  'the least there may be': plain(),
  'a past validUntil': plain({ validUntil: '2020-01-01T00:00:00Z' }),
  'any zone offset': plain({
    validFrom: '2026-11-22T09:00:00+14:00',
    validUntil: '2027-11-22T09:00:00-11:30',
  }),
  'a type and terms under a vocabulary': plain({
    '@context': [v2, examples],
    type: ['VerifiableCredential', 'ExampleDegreeCredential'],
    credentialSubject: { ...subject, degree: { type: 'ExampleDegree', name: 'B.Sc.' } },
  }),
  'terms of its own': plain({
    '@context': [v2, { badge: 'https://a.example/badge' }],
    credentialSubject: { ...subject, badge: 'gold' },
  }),
  'an absolute URL as type': plain({ type: ['VerifiableCredential', 'https://a.example/Type'] }),
  'names in several languages': plain({
    name: [
      { '@value': 'Name', '@language': 'en' },
      { '@value': 'اسم', '@language': 'ar', '@direction': 'rtl' },
    ],
    description: 'plain',
  }),
  'several subjects': plain({
    credentialSubject: [subject, { id: 'did:example:bob', name: 'Bob' }],
  }),
  'an issuer as object, named by the service': plain(),
  'evidence, terms of use, refresh service and schema': plain({
    '@context': [v2, examples],
    evidence: [{ type: 'ExampleEvidence', id: 'https://a.example/e' }],
    termsOfUse: { type: 'ExamplePolicy' },
    refreshService: { type: 'ExampleRefresh', id: 'https://a.example/r' },
    credentialSchema: [{ id: 'https://a.example/schema.json', type: 'JsonSchema' }],
  }),
  'a related resource by its July 2024 digest': plain({
    relatedResource: [resource({ digestSRI: sri.july2024 })],
  }),
  'a related resource by the digest of the Recommendation': plain({
    relatedResource: [
      resource({ digestMultibase: 'uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ' }),
    ],
  }),
  'a related resource elsewhere': plain({
    relatedResource: [{ id: 'https://a.example/image.png', digestSRI: sri.july2024 }],
  }),
  'a status entry of another list': plain({ credentialStatus: entry }),
  'a credential of VCDM 1.1': {
    '@context': [v1],
    type: ['VerifiableCredential'],
    issuanceDate: '2026-11-22T00:00:00Z',
    credentialSubject: { id: 'did:example:a' },
  },
}

/** Contexts that stand in a document itself: over RDF a verifier says which it knows. */
const ownContexts = (credential: object): readonly unknown[] =>
  (credential as { '@context': unknown[] })['@context'].filter((item) => typeof item === 'object')

test('every issuer refuses input that breaks the data model with 400, and issues and verifies the rest', async () => {
  const w = await world()
  const mechanisms = ['eddsa-jcs-2022', 'eddsa-rdfc-2022', 'ecdsa-rdfc-2019', 'vc+jwt', 'vc+sd-jwt']
  for (const mechanism of mechanisms) {
    const name = mechanism.replaceAll('+', '-')
    await w.raw('POST', '/issuers', { body: { name, mechanism } })
    const issue = (credential: object) =>
      w.raw('POST', `/issuers/${name}/credentials/issue`, { body: { credential } })

    const refused: Record<string, number> = {}
    for (const [rule, credential] of Object.entries(bad))
      refused[rule] = (await issue(credential)).status
    const verified: Record<string, unknown> = {}
    for (const [rule, credential] of Object.entries(good)) {
      const { status, json } = await issue(credential)
      const { verifiableCredential } = json
      const answer = verifiableCredential
        ? await w.raw('POST', '/credentials/verify', {
            body: { verifiableCredential, options: { knownContexts: ownContexts(credential) } },
          })
        : undefined
      verified[rule] = [status, answer?.status, answer?.json.problemDetails[0]?.detail]
    }

    const reserved = 'what is a task permission under another name'
    expect([mechanism, refused]).toEqual([
      mechanism,
      { ...Object.fromEntries(Object.keys(bad).map((rule) => [rule, 400])), [reserved]: 422 },
    ])
    expect([
      mechanism,
      Object.entries(verified).filter(
        ([, [status, again]]: any) => status !== 201 || again !== 200,
      ),
    ]).toEqual([mechanism, []])
  }
})

test('a VCDM 1.1 credential gets the context that Data Integrity needs, and no status entry', async () => {
  const w = await world()
  await w.raw('POST', '/issuers', { body: { name: 'rdf', mechanism: 'eddsa-rdfc-2022' } })
  const { json } = await w.raw('POST', '/issuers/rdf/credentials/issue', {
    body: { credential: good['a credential of VCDM 1.1'] },
  })

  expect(json.verifiableCredential['@context']).toEqual([v1, dataIntegrity])
  expect(json.verifiableCredential).not.toHaveProperty('credentialStatus')
})
