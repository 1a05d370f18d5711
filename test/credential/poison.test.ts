import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/json.ts'
import { badge, party, secure } from '../parties.ts'
import { world } from '../world.ts'

const v2 = 'https://www.w3.org/ns/credentials/v2'
const examples = 'https://www.w3.org/ns/credentials/examples/v2'
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))
const others = (size: number, i: number) =>
  times(size, (j) => ({ id: `_:b${j}` })).filter((_, j) => j !== i)
const nested = (depth: number): JsonValue => (depth === 0 ? { a: 1 } : { a: nested(depth - 1) })
const terms = Object.fromEntries(times(120, (i) => [`t${i}`, `https://x.example/${i}`]))

/** Subjects built to cost a verifier much, with the contexts that they need. */
const subjects: Readonly<Record<string, readonly [JsonObject, ...object[]]>> = {
  'a ring of blank nodes': [
    { r: times(900, (i) => ({ id: `_:b${i}`, next: { id: `_:b${(i + 1) % 900}` } })) },
  ],
  'a clique of blank nodes': [{ r: times(10, (i) => ({ id: `_:b${i}`, next: others(10, i) })) }],
  'a deep nest of nodes that look alike': [{ a: nested(55) }],
  'many nodes that look alike': [{ r: times(5000, () => ({ a: { b: 'x' } })) }],
  'a context of its own for each of many nodes': [
    { r: times(1000, (i) => ({ type: 'T', badge: `x${i}` })) },
    { T: { '@id': 'https://x.example/T', '@context': terms } },
  ],
}

test('B36 B37 B38 C20 what is built to cost much is 400, with its reason, while others are answered', async () => {
  const w = await world()
  const issuer = party()
  const { proof } = await secure(badge(issuer), issuer)
  const answers: Record<string, readonly unknown[]> = {}
  const post = (verifiableCredential: object) =>
    w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
  for (const [what, [subject, ...contexts]] of Object.entries(subjects)) {
    const document = badge(issuer, {
      '@context': [v2, examples, ...contexts] as never,
      credentialSubject: { id: issuer.did, ...subject },
    })
    const asked = post({
      ...document,
      proof: { ...proof, '@context': undefined, cryptosuite: 'eddsa-rdfc-2022' },
    })
    const meanwhile = await fetch(`${w.url}/healthz`)
    const { status, json } = await asked
    answers[what] = [status, json.reason, meanwhile.status]
  }
  const disclosures = times(10_000, (i) =>
    Buffer.from(`["s","n${i}",1]`).toString('base64url'),
  ).join('~')
  const { status, json } = await post({
    '@context': v2,
    type: 'EnvelopedVerifiableCredential',
    id: `data:application/dc+sd-jwt,a.b.c~${disclosures}~`,
  })

  expect(answers).toEqual(
    Object.fromEntries(Object.keys(subjects).map((what) => [what, [400, 'too_large', 200]])),
  )
  expect([status, json.reason]).toEqual([400, 'too_large'])
})
