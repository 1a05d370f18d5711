import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { webCompression } from '../../src/adapters/crypto/web.ts'
import { signToken } from '../../src/credential/jose.ts'
import { fromBase64url, toBase64url, utf8 } from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { bitstringValue, setTokenValue, tokenValue } from '../../src/status/bit-string.ts'
import { judgeStatus } from '../../src/status/judge-status.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { makeTokenStatusList } from '../../src/status/token-status-list.ts'
import { badge, needs, now, type Party, party } from '../parties.ts'
import { smallCache } from '../small-cache.ts'
import { haveVectors, vectorText } from '../vectors.ts'
import { world } from '../world.ts'

const url = 'https://lists.example.com/token/1'
const issuer = party()

/** Entries of a published example, which is wrapped over lines. */
function example(name: string): { readonly bits: number; readonly lst: string } {
  const text = vectorText(`token-status-list/status_list_${name}_json.md`)
  return {
    bits: Number(/"bits": (\d)/.exec(text)![1]),
    lst: /"lst": "([^"]*)"/.exec(text)![1]!.replaceAll(/\s/g, ''),
  }
}

test.skipIf(!haveVectors)(
  'E16 the published examples hold the published values, on both runtimes’ inflate',
  async () => {
    const long = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
    const expected: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
      encoding: [
        [0, 1],
        [1, 0],
        [3, 1],
        [13, 1],
        [14, 0],
        [15, 1],
      ],
      encoding2: [
        [0, 1],
        [1, 2],
        [2, 0],
        [3, 3],
        [9, 2],
        [10, 3],
        [11, 3],
      ],
      encoding1_long: long.map((index) => [index, 1]),
      encoding2_long: long.map((index, i) => [index, [1, 2, 1, 3, 1, 1, 2, 1, 1, 2, 3][i]!]),
      encoding4: [
        [0, 1],
        [1993, 2],
        [35460, 3],
        [1030205, 15],
      ],
      encoding8: [
        [1199, 121],
        [19535, 255],
        [52451, 1],
      ],
    }
    for (const [name, values] of Object.entries(expected))
      for (const { inflate } of [nodeCompression, webCompression]) {
        const { bits, lst } = example(name)
        const bytes = (await inflate(fromBase64url(lst)!, 2_000_000))!
        expect([name, values.map(([index]) => [index, tokenValue(bytes, index, bits)])]).toEqual([
          name,
          values,
        ])
        expect(tokenValue(bytes, (bytes.length * 8) / bits, bits)).toBeUndefined()
      }
  },
)

test('values of any size are read where they were written', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 4, 8),
      fc.array(fc.nat({ max: 255 }), { minLength: 8, maxLength: 40 }),
      (size, given) => {
        const values = given.map((value) => value % 2 ** size)
        const bytes = new Uint8Array(Math.ceil((values.length * size) / 8))
        for (const [i, value] of values.entries()) setTokenValue(bytes, i, size, value)
        expect(values.map((_, i) => tokenValue(bytes, i, size))).toEqual(values)
      },
    ),
  )
  // The other kind of list counts from the left, and its entries cross bytes.
  expect([0, 1, 2].map((i) => bitstringValue(Uint8Array.of(0b10110100, 0b11000000), i, 3))).toEqual(
    [5, 5, 1],
  )
  expect(bitstringValue(Uint8Array.of(0), 3, 3)).toBeUndefined()
})

interface Setting {
  readonly claims?: (claims: JsonObject) => JsonObject
  readonly signer?: Party
  readonly type?: 'statuslist+jwt' | 'vc+jwt'
  readonly mediaType?: string
  readonly status?: JsonValue
  readonly at?: number
}

/** Judges a token of the issuer against a list that is served at the URL; 7 is invalid, 8 suspended, 9 something else. */
async function judge({
  claims = (c) => c,
  signer = issuer,
  type = 'statuslist+jwt',
  mediaType = 'application/statuslist+jwt',
  status = { status_list: { idx: 5, uri: url } },
  at = now,
}: Setting = {}): Promise<string> {
  const bytes = new Uint8Array(32_768)
  for (const [index, value] of [
    [7, 1],
    [8, 2],
    [9, 3],
  ] as const)
    setTokenValue(bytes, index, 2, value)
  const made = await makeTokenStatusList(
    { url, issuer: issuer.did, bytes, madeAt: now },
    nodeCompression,
  )
  const token = await signToken(claims(made), type, signer.verificationMethod, signer.signer)
  const credential = {
    ...badge(issuer),
    issuer: issuer.did,
    status: [],
    tokenStatus: status,
    subjects: [],
    types: [],
  }
  const result = await judgeStatus(
    {
      ...needs,
      clock: () => at,
      fetch: async () => ({ body: utf8(token), mediaType }),
      compression: nodeCompression,
      ownStatus: (entries) => entries.map(() => 'foreign' as const),
      foreignLists: smallCache(() => at, 3_600_000),
      newestLists: makeNewestLists(() => now),
    },
    credential as never,
  )
  return isRefusal(result) ? result.refused : `good, ${result.ageSeconds} s old`
}

const at = (idx: JsonValue) => ({ status: { status_list: { idx, uri: url } } })
const listed = (more: JsonObject) => (claims: JsonObject) => ({
  ...claims,
  status_list: { ...(claims.status_list as JsonObject), ...more },
})

test('a token list says valid, invalid and suspended; any other value is unknown, and denies', async () => {
  expect([await judge(), await judge(at(7)), await judge(at(8)), await judge(at(9))]).toEqual([
    'good, 0 s old',
    'revoked',
    'suspended',
    'status_unsupported',
  ])
})

test('E01 E03 E04 E06 to E11 E21 E33 a token list of another issuer, outside its time or out of bounds denies', async () => {
  const stranger = party()
  const bomb = toBase64url(deflateSync(Buffer.alloc(50_000_000)))
  const cases: readonly (readonly [Setting, string])[] = [
    [at(131_072), 'status_index_range'],
    [at(2 ** 53 - 1), 'status_index_range'],
    [at(-1), 'status_malformed'],
    [at(1.5), 'status_malformed'],
    [at('5'), 'status_malformed'],
    [{ status: { status_list: { idx: 5 } } }, 'status_malformed'],
    [{ status: {} }, 'status_unsupported'],
    [{ status: { status_list: { idx: 5, uri: url }, other: {} } }, 'status_unsupported'],
    [{ signer: stranger }, 'status_unavailable'],
    [{ signer: stranger, claims: (c) => ({ ...c, iss: stranger.did }) }, 'status_unavailable'],
    [{ type: 'vc+jwt' }, 'status_unavailable'],
    [{ mediaType: 'application/jwt' }, 'status_malformed'],
    [{ claims: (c) => ({ ...c, sub: `${url}2` }) }, 'status_malformed'],
    [{ claims: (c) => ({ ...c, exp: now / 1000 }) }, 'status_unavailable'],
    [{ claims: (c) => ({ ...c, iat: now / 1000 + 3600 }) }, 'status_unavailable'],
    [{ claims: ({ iat: _, ...c }) => c as JsonObject }, 'status_unavailable'],
    [{ claims: (c) => ({ ...c, ttl: 0 }) }, 'status_malformed'],
    [{ claims: (c) => ({ ...c, ttl: -5 }) }, 'status_malformed'],
    [{ claims: (c) => ({ ...c, ttl: 31_536_000 }), at: now + 3_599_000 }, 'good, 3599 s old'],
    [{ claims: (c) => ({ ...c, ttl: 31_536_000 }), at: now + 3_600_000 }, 'status_unavailable'],
    [{ at: now + 60_000 }, 'status_unavailable'],
    [{ claims: listed({ bits: 3 }) }, 'status_malformed'],
    [{ claims: listed({ bits: 0 }) }, 'status_malformed'],
    [{ claims: listed({ bits: 16 }) }, 'status_malformed'],
    [{ claims: listed({ lst: bomb }) }, 'status_malformed'],
    [{ claims: listed({ lst: 'eNo=' }) }, 'status_malformed'],
  ]

  const answers = []
  for (const [setting] of cases) answers.push([setting, await judge(setting)])

  expect(answers).toEqual(cases)
})

test('our own lists are served in both forms, which agree', async () => {
  const w = await world()
  const issue = async () =>
    (
      await w.raw('POST', '/issuers/main/credentials/issue', {
        body: {
          credential: {
            '@context': ['https://www.w3.org/ns/credentials/v2'],
            type: ['VerifiableCredential'],
            credentialSubject: { id: 'did:example:a' },
          },
        },
      })
    ).json.verifiableCredential
  const [good, revoked, suspended] = [await issue(), await issue(), await issue()]
  const change = (id: string, statusPurpose: string) =>
    w.raw('POST', '/credentials/status', {
      body: {
        credentialId: id,
        credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose },
      },
    })
  await change(revoked.id, 'revocation')
  await change(suspended.id, 'suspension')
  const entryOf = (credential: any) =>
    credential.credentialStatus.find((entry: any) => entry.statusPurpose === 'revocation')
  const uri = entryOf(good).statusListCredential as string

  const response = await fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })
  const token = await response.text()
  const claims = JSON.parse(new TextDecoder().decode(fromBase64url(token.split('.')[1]!)!))
  const bytes = (await nodeCompression.inflate(fromBase64url(claims.status_list.lst)!, 1_000_000))!

  expect([response.status, response.headers.get('content-type'), claims.sub]).toEqual([
    200,
    'application/statuslist+jwt',
    uri,
  ])
  expect(
    [good, revoked, suspended].map((one) =>
      tokenValue(bytes, Number(entryOf(one).statusListIndex), claims.status_list.bits),
    ),
  ).toEqual([0, 1, 2])
  const suspensions = good.credentialStatus.find(
    (entry: any) => entry.statusPurpose === 'suspension',
  )
  expect(
    (
      await fetch(suspensions.statusListCredential, {
        headers: { accept: 'application/statuslist+jwt' },
      })
    ).status,
  ).toBe(404)
})
