import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
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

test('B36 B37 B38 C20 input built to be expensive is 400, with its reason, while others are answered', async () => {
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

  expect(answers).toEqual({
    'a ring of blank nodes': [400, 'budget_exceeded', 200],
    'a clique of blank nodes': [400, 'budget_exceeded', 200],
    'a deep nest of nodes that look alike': [400, 'budget_exceeded', 200],
    'many nodes that look alike': [400, 'too_large', 200],
    // Nobody asked for a context of the document's own.
    'a context of its own for each of many nodes': [400, 'context_unknown', 200],
  })
  expect([status, json.reason]).toEqual([400, 'too_large'])
})

test('B37 B38 a name that each statement repeats is counted before the statements are written', async () => {
  const w = await world()
  const issuer = party()
  const { proof } = await secure(badge(issuer), issuer)
  const members = Object.fromEntries(times(3000, (i) => [`t${i}`, i]))
  const reasons: unknown[] = []
  for (const more of [{}, { text: { '@value': 'x', '@language': 'en' } }]) {
    const document = badge(issuer, {
      '@context': [v2, examples],
      credentialSubject: { id: `urn:${'a'.repeat(500_000)}`, ...members, ...more },
    })
    const verifiableCredential = {
      ...document,
      proof: { ...(proof as object), '@context': undefined, cryptosuite: 'eddsa-rdfc-2022' },
    }
    const { json } = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
    reasons.push(json.reason)
  }

  expect(reasons).toEqual(['budget_exceeded', 'budget_exceeded'])
})

test('B38 the items of a batch share one budget, and cheap ones are answered', async () => {
  const w = await world()
  const issuer = party()
  const good = await secure(badge(issuer), issuer)
  const costly = {
    ...badge(issuer, {
      '@context': [v2, examples],
      credentialSubject: { id: issuer.did, r: times(60, () => ({ a: { b: 'x' } })) },
    }),
    proof: { ...(good.proof as object), '@context': undefined, cryptosuite: 'eddsa-rdfc-2022' },
  }
  const reasonsOf = async (...verifiableCredentials: object[]) => {
    const body = { verifiableCredentials }
    const { json } = await w.raw('POST', '/credentials/verify/batch', { body })
    return json.results.map(({ reason }: { reason: string }) => reason)
  }

  // Each by itself is within it: that its proof is another document's is what is found.
  const alone = await reasonsOf(costly)
  const together = await reasonsOf(...times(30, () => costly), ...times(30, () => good))

  expect(alone).toEqual(['signature_invalid'])
  // They are worked on side by side: which of them come to the limit first is not said.
  expect(together.slice(0, 30)).toContain('budget_exceeded')
  expect(together.slice(30)).toEqual(times(30, () => 'issuer_untrusted'))
})
