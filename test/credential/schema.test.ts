import { expect, test } from 'vitest'
import { flawOfSchemas } from '../../src/credential/schema.ts'
import { makeBudget, workLimits } from '../../src/foundation/budget.ts'
import { utf8 } from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { refuse } from '../../src/foundation/refusal.ts'
import { badge, party } from '../parties.ts'
import { smallCache } from '../small-cache.ts'
import { world } from '../world.ts'

const url = 'https://schemas.example/badge.json'
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    credentialSubject: {
      type: 'object',
      required: ['role'],
      properties: { role: { enum: ['reader'] } },
    },
  },
}

async function judge(
  credentialSchema: JsonValue,
  subject: JsonObject,
  served: unknown = schema,
  budget = makeBudget(),
) {
  const fetched: string[] = []
  const needs = {
    fetch: async (asked: string) => {
      fetched.push(asked)
      return served === null
        ? refuse('did_unreachable')
        : {
            body: utf8(typeof served === 'string' ? served : JSON.stringify(served)),
            mediaType: 'application/json',
          }
    },
    foreignSchemas: smallCache<never>(() => 0),
    budget,
  }
  const document = { ...badge(party(), { credentialSubject: subject }), credentialSchema }
  const flaw = await flawOfSchemas(needs, { document } as never)
  const again = await flawOfSchemas(needs, { document } as never)
  expect(again).toEqual(flaw)
  return [flaw?.refused ?? 'good', fetched.length]
}

test('a credential must conform to the JSON Schemas that it names, which are fetched once', async () => {
  const named = { id: url, type: 'JsonSchema' }
  const reader = { role: 'reader' }

  expect(await judge(named, reader)).toEqual(['good', 1])
  expect(await judge([named, named], reader)).toEqual(['good', 1])
  expect(await judge(named, { role: 'writer' })).toEqual(['schema_mismatch', 1])
  expect(await judge({ id: url, type: 'JsonSchemaCredential' }, reader)).toEqual([
    'schema_unsupported',
    0,
  ])
  expect(await judge({ id: url, type: ['JsonSchema', 'Other'] }, reader)).toEqual([
    'schema_unsupported',
    0,
  ])
  expect(await judge(named, reader, null)).toEqual(['schema_unavailable', 2])
  expect(await judge(named, reader, 'no JSON')).toEqual(['schema_unavailable', 2])
  expect(await judge(named, reader, { $ref: '#/$defs/none' })).toEqual(['schema_mismatch', 1])
})

test('B47 unknown terms of use deny, and evidence is information only', async () => {
  const w = await world()
  const judge = async (more: object) => {
    const { json } = await w.raw('POST', '/issuers/main/credentials/issue', {
      body: {
        credential: {
          '@context': [
            'https://www.w3.org/ns/credentials/v2',
            'https://www.w3.org/ns/credentials/examples/v2',
          ],
          type: ['VerifiableCredential'],
          credentialSubject: { id: 'did:example:a' },
          ...more,
        },
      },
    })
    const { verifiableCredential } = json
    const answer = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
    return [answer.json.verified, answer.json.decision, answer.json.reason]
  }

  expect(await judge({ termsOfUse: { type: 'ExamplePolicy' } })).toEqual([
    true,
    'deny',
    'terms_unsupported',
  ])
  expect(await judge({ evidence: { type: 'ExampleEvidence' } })).toEqual([true, 'allow', null])
})

test('an unavailable schema denies, but does not make the proof bad', async () => {
  const w = await world()
  const { json } = await w.raw('POST', '/issuers/main/credentials/issue', {
    body: {
      credential: {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:a' },
        credentialSchema: { id: 'https://schemas.invalid/x.json', type: 'JsonSchema' },
      },
    },
  })
  const answer = await w.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: json.verifiableCredential },
  })

  expect([answer.status, answer.json.verified, answer.json.decision, answer.json.reason]).toEqual([
    200,
    true,
    'deny',
    'schema_unavailable',
  ])
})

const doubling = (levels: number) => ({
  $defs: Object.fromEntries(
    Array.from({ length: levels }, (_, i) => [
      `l${i}`,
      i === 0 ? { type: 'object' } : { allOf: Array(2).fill({ $ref: `#/$defs/l${i - 1}` }) },
    ]),
  ),
  $ref: `#/$defs/l${levels - 1}`,
})
/** The depth of ids in ids by which the library's own reading of a schema doubles. */
const ids = (levels: number): object =>
  levels === 0 ? {} : { $id: `https://x.example/${levels}`, not: ids(levels - 1) }

test('a schema that is expensive to apply, or has regular expressions, is refused with its reason', async () => {
  const named = { id: url, type: 'JsonSchema' }
  const subject = { role: 'reader', list: Array.from({ length: 1000 }, (_, i) => ({ i })) }
  const inSubject = (own: object) => ({ properties: { credentialSubject: own } })
  const cases: Record<string, [object, string]> = {
    'references that double at each level': [doubling(22), 'budget_exceeded'],
    'a schema that is itself': [{ $ref: '#' }, 'budget_exceeded'],
    'each item compared with each': [
      inSubject({ properties: { list: { uniqueItems: true } } }),
      'budget_exceeded',
    ],
    'a long list of values, for each item': [
      inSubject({
        properties: {
          list: { contains: { enum: Array.from({ length: 5000 }, (_, i) => `value ${i}`) } },
        },
      }),
      'budget_exceeded',
    ],
    'a pattern': [{ properties: { id: { pattern: '^urn:(a|a)*!$' } } }, 'schema_unsupported'],
    'patterns of names': [{ patternProperties: { '(a|a)*!': {} } }, 'schema_unsupported'],
    'a format that is a regular expression': [
      { properties: { id: { format: 'url' } } },
      'schema_unsupported',
    ],
    'a dynamic reference': [{ $dynamicRef: '#x' }, 'schema_unsupported'],
    'ids within ids': [ids(40), 'schema_unsupported'],
    'a reference that is no URI': [{ $ref: 'https://[' }, 'schema_unsupported'],
    'references that stay few': [doubling(6), 'good'],
    'a format that is cheap, and annotations': [
      { title: 'T', 'x-own': 1, properties: { id: { format: 'uri' } } },
      'good',
    ],
  }
  const answers: Record<string, unknown> = {}
  for (const [what, [served]] of Object.entries(cases))
    answers[what] = (await judge(named, subject, served))[0]

  expect(answers).toEqual(
    Object.fromEntries(Object.entries(cases).map(([what, [, reason]]) => [what, reason])),
  )
})

test('the schemas of one request share its budget, and so do its fetches', async () => {
  const named = { id: url, type: 'JsonSchema' }
  const budget = makeBudget({ ...workLimits, schemaVisits: 60 })
  const outcomes = [await judge(named, { role: 'reader' }, schema, budget)]
  for (let i = 0; i < 3; i++)
    outcomes.push(
      await judge(named, { role: 'reader' }, schema, budget).catch(() => ['differs', 0]),
    )
  const none = await judge(
    named,
    { role: 'reader' },
    schema,
    makeBudget({ ...workLimits, fetches: 0 }),
  )

  expect(outcomes[0]).toEqual(['good', 1])
  expect(outcomes.at(-1)).toEqual(['budget_exceeded', 1])
  expect(none).toEqual(['budget_exceeded', 0])
})
