import { expect, test } from 'vitest'
import { makeBudget } from '../../src/budget.ts'
import { flawOfSchemas } from '../../src/credential/schema.ts'
import { utf8 } from '../../src/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/json.ts'
import { refuse } from '../../src/refusal.ts'
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

async function judge(credentialSchema: JsonValue, subject: JsonObject, served: unknown = schema) {
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
    budget: makeBudget(),
  }
  const document = { ...badge(party(), { credentialSubject: subject }), credentialSchema }
  const flaw = await flawOfSchemas({ document } as never, needs)
  const again = await flawOfSchemas({ document } as never, needs)
  expect(again).toEqual(flaw)
  return [flaw?.refused ?? 'good', fetched.length]
}

test('a credential must be as the JSON Schemas say that it names, which are fetched once', async () => {
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

test('B47 terms of use that are not understood deny, and evidence only tells', async () => {
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

test('a schema that cannot be had denies, and does not make the proof bad', async () => {
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
