import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../../src/credential/authenticate-credential.ts'
import { fromMultibase64url, toMultibase64url, utf8 } from '../../src/foundation/encoding.ts'
import type { FetchedBody } from '../../src/foundation/guarded-fetch.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../src/foundation/refusal.ts'
import { bitAt, setBit } from '../../src/status/bit-string.ts'
import { encodeList } from '../../src/status/encoded-list.ts'
import { judgeStatus, type OwnAnswer } from '../../src/status/judge-status.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { makePermutation } from '../../src/status/permutation.ts'
import { parseStatusEntry } from '../../src/status/status-entry.ts'
import { makeStatusList } from '../../src/status/status-list.ts'
import { listLength } from '../../src/status/status-store.ts'
import { badge, needs, now, type Party, party, secure } from '../parties.ts'
import { smallCache } from '../small-cache.ts'

const url = 'https://lists.example.com/status/1'

interface Setting {
  readonly bits?: Uint8Array
  readonly entry?: JsonObject
  /** Changes the list before it is signed. */
  readonly list?: (list: JsonObject) => JsonObject
  readonly signer?: Party
  /** Changes what is served. */
  readonly served?: (list: JsonObject) => JsonObject | Refusal
  readonly at?: number
}

const issuer = party()
const entryAt = (index: JsonValue, more: JsonObject = {}): JsonObject => ({
  id: `${url}#x`,
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: index,
  statusListCredential: url,
  ...more,
})

const listOf = async (bits: Uint8Array): Promise<JsonObject> =>
  makeStatusList({
    url,
    issuer: issuer.did,
    purpose: 'revocation',
    encodedList: (await encodeList(bits, nodeCompression)).text,
    madeAt: now,
  })

/** Judges a credential of the issuer against a list that is served at the URL. */
async function judge({
  bits = new Uint8Array(listLength / 8),
  entry = entryAt('7'),
  list = (l) => l,
  signer = issuer,
  served = (l) => l,
  at = now,
}: Setting = {}) {
  const document = list(await listOf(bits))
  const answer = served(await secure(document, signer))
  const fetched: string[] = []
  const fetch = async (target: string): Promise<FetchedBody | Refusal> => {
    fetched.push(target)
    return isRefusal(answer)
      ? answer
      : { body: utf8(JSON.stringify(answer)), mediaType: 'application/vc' }
  }
  const parsed = parseSecuredCredential(
    await secure(badge(issuer, { credentialStatus: [entry] }), issuer),
  )
  if (isRefusal(parsed)) throw new Error(parsed.detail)
  const authentic = await authenticateCredential(needs, parsed)
  if (isRefusal(authentic)) throw new Error(authentic.detail)
  const result = await judgeStatus(
    {
      ...needs,
      clock: () => at,
      fetch,
      compression: nodeCompression,
      ownStatus: (entries) => entries.map(() => 'foreign' as const),
      foreignLists: smallCache(() => at, 3_600_000),
      newestLists: makeNewestLists(() => now),
    },
    authentic,
  )
  return {
    outcome: isRefusal(result) ? result.refused : `good, ${result.ageSeconds} s old`,
    fetched: fetched.length,
    ...(isRefusal(result) || result.told.length === 0 ? {} : { told: result.told }),
  }
}

const subject = (change: JsonObject) => (list: JsonObject) => ({
  ...list,
  credentialSubject: { ...(list.credentialSubject as JsonObject), ...change },
})
const bitsWith = (...positions: number[]) => {
  const bits = new Uint8Array(listLength / 8)
  for (const position of positions) setBit(bits, position)
  return bits
}

test('a bit that is set denies, and only that one; E16 bit 0 is the left-most', async () => {
  expect((await judge()).outcome).toBe('good, 0 s old')
  expect((await judge({ bits: bitsWith(7) })).outcome).toBe('revoked')
  expect((await judge({ bits: bitsWith(6, 8) })).outcome).toBe('good, 0 s old')
  expect(bitsWith(0)[0]).toBe(0x80)
})

test('E01 a bomb in encodedList is never inflated beyond its bound', async () => {
  const bomb = toMultibase64url(gzipSync(Buffer.alloc(200_000_000)))

  expect((await judge({ list: subject({ encodedList: bomb }) })).outcome).toBe('status_malformed')
})

test('E03 E04 E19 an invalid index or size, or one outside the list, denies', async () => {
  const malformed = [
    '-1',
    '1.5',
    '1e3',
    '0x10',
    ' 5',
    '007',
    '',
    'abc',
    '٥',
    5,
    null,
    ['5'],
    '99999999999999999',
  ]
  const sizes = [0, -1, 9, '1', null]

  const answers = malformed.map((index) => parseStatusEntry(entryAt(index as JsonValue)))
  const sized = sizes.map((statusSize) => parseStatusEntry(entryAt('5', { statusSize })))

  expect([...answers, ...sized].map((answer) => isRefusal(answer) && answer.refused)).toEqual(
    Array(malformed.length + sizes.length).fill('status_malformed'),
  )
  expect((await judge({ entry: entryAt(String(listLength)) })).outcome).toBe('status_index_range')
  expect((await judge({ entry: entryAt(String(2 ** 53 - 1)) })).outcome).toBe('status_index_range')
})

test('B46 E20 a status of an unknown type, purpose or size denies', async () => {
  const entries = [
    entryAt('5', { type: 'TokenStatusListEntry' }),
    entryAt('5', { statusPurpose: 'other' }),
    entryAt('5', { statusSize: 2 }),
  ]

  expect(await Promise.all(entries.map(async (entry) => (await judge({ entry })).outcome))).toEqual(
    Array(3).fill('status_unsupported'),
  )
})

test('an entry may have several bits, and report a message or a newer credential, which denies nothing', async () => {
  const messages = ['0x0', '0x1', '0x2', '0x3'].map((status, i) => ({ status, message: `m${i}` }))
  const message = { statusPurpose: 'message', statusSize: 2, statusMessage: messages }
  const wide = new Uint8Array((listLength / 8) * 2)
  // The fourth entry: bits 6 and 7.
  setBit(wide, 6)
  const judged = (entry: JsonObject, bits: Uint8Array, purpose: string) =>
    judge({ entry: entryAt('3', entry), bits, list: subject({ statusPurpose: purpose }) })

  expect((await judged(message, wide, 'message')).told).toEqual([
    { purpose: 'message', value: 2, message: 'm2' },
  ])
  expect((await judged({ statusPurpose: 'refresh' }, bitsWith(3), 'refresh')).told).toEqual([
    { purpose: 'refresh', value: 1, message: undefined },
  ])
  expect((await judged({ statusPurpose: 'refresh' }, bitsWith(4), 'refresh')).told).toBeUndefined()
  expect((await judged(message, bitsWith(), 'message')).outcome).toBe('status_list_length')
  const withFirst = (first: unknown) => [first, ...messages.slice(1)]
  const bad = [
    withFirst(null),
    withFirst({ status: '0x0', message: 5 }),
    withFirst({ status: 0, message: 'm' }),
    withFirst({ status: '0', message: 'm' }),
    withFirst({ status: '0xzz', message: 'm' }),
    withFirst({ status: '0x4', message: 'm' }),
    messages.slice(1),
    [],
    undefined,
    'x',
    messages.map(({ message }) => ({ message })),
  ]
  const answers = bad.map((statusMessage) =>
    parseStatusEntry(entryAt('3', { ...message, statusMessage } as JsonObject)),
  )
  expect(answers.map((answer) => isRefusal(answer) && answer.refused)).toEqual(
    bad.map(() => 'status_malformed'),
  )
})

test('E05 the list must have the purpose of the entry, alone or among others', async () => {
  expect((await judge({ list: subject({ statusPurpose: 'suspension' }) })).outcome).toBe(
    'status_malformed',
  )
  expect(
    (await judge({ list: subject({ statusPurpose: ['suspension', 'revocation'] }) })).outcome,
  ).toBe('good, 0 s old')
})

test('E06 E07 E08 E09 a list counts only if its issuer, who is the credential’s, signed it for this URL', async () => {
  const stranger = party()
  const cases: readonly (readonly [Setting, string])[] = [
    [{ served: ({ proof: _, ...list }) => list as JsonObject }, 'status_unavailable'],
    [{ signer: stranger }, 'status_unavailable'],
    [
      { list: (list) => ({ ...list, issuer: stranger.did }), signer: stranger },
      'status_unavailable',
    ],
    [{ served: (list) => subject({ ttl: 1 })(list) }, 'status_unavailable'],
    [{ list: (list) => ({ ...list, id: `${url}2` }) }, 'status_malformed'],
  ]

  const answers = []
  for (const [setting] of cases) answers.push([setting, (await judge(setting)).outcome])

  expect(answers).toEqual(cases)
})

test('E10 E11 a list is valid for its ttl, clamped, and within its own time', async () => {
  const hour = 3_600_000
  const cases: readonly (readonly [Setting, string])[] = [
    [{ at: now + 59_000 }, 'good, 59 s old'],
    [{ at: now + 60_000 }, 'status_unavailable'],
    [{ list: subject({ ttl: 31_536_000_000 }), at: now + hour - 1000 }, 'good, 3599 s old'],
    [{ list: subject({ ttl: 31_536_000_000 }), at: now + hour }, 'status_unavailable'],
    [{ list: subject({ ttl: 0 }), at: now + 999 }, 'good, 1 s old'],
    [{ list: subject({ ttl: -5 }), at: now + 1000 }, 'status_unavailable'],
    [{ list: subject({ ttl: 'x' }), at: now + 59_000 }, 'good, 59 s old'],
    [
      { list: (list) => ({ ...list, validUntil: '2026-11-22T09:00:10Z' }), at: now + 10_000 },
      'status_unavailable',
    ],
    [{ list: (list) => ({ ...list, validFrom: '2026-11-22T10:00:00Z' }) }, 'status_unavailable'],
    [{ list: ({ validFrom: _, ...list }) => list as JsonObject }, 'status_unavailable'],
  ]

  const answers = []
  for (const [setting] of cases) answers.push([setting, (await judge(setting)).outcome])

  expect(answers).toEqual(cases)
})

test('E13 E14 E34 an unavailable list denies; a fresh one in memory is used; a list has no status itself', async () => {
  const down = await judge({ served: () => refuse('did_unreachable') })
  const recursive = await judge({ list: (list) => ({ ...list, credentialStatus: entryAt('7') }) })

  expect(down).toEqual({ outcome: 'status_unavailable', fetched: 1 })
  expect(recursive).toEqual({ outcome: 'good, 0 s old', fetched: 1 })
})

test('E18 a list shorter than the standard allows denies', async () => {
  const encodedList = toMultibase64url(gzipSync(new Uint8Array(listLength / 8 - 1)))

  expect((await judge({ list: subject({ encodedList }) })).outcome).toBe('status_list_length')
})

test('E23 all entries are checked, and any that is set denies', async () => {
  const entries = [entryAt('3'), entryAt('9')]
  const parsed = parseSecuredCredential(
    await secure(badge(issuer, { credentialStatus: entries }), issuer),
  )
  if (isRefusal(parsed)) throw new Error(parsed.detail)
  const document = await listOf(bitsWith(9))
  const body = utf8(JSON.stringify(await secure(document, issuer)))
  const result = await judgeStatus(
    {
      ...needs,
      fetch: async () => ({ body, mediaType: 'application/vc' }),
      compression: nodeCompression,
      ownStatus: (entries) => entries.map(() => 'foreign' as const),
      foreignLists: smallCache(() => now),
      newestLists: makeNewestLists(() => now),
    },
    parsed as never,
  )

  expect(isRefusal(result) && result.refused).toBe('revoked')
})

test('bits survive a list', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: listLength - 1 }), { maxLength: 50 }),
      async (positions) => {
        const list = await listOf(bitsWith(...positions))
        const packed = fromMultibase64url(
          (list.credentialSubject as JsonObject).encodedList as string,
        )!
        const bits = (await nodeCompression.gunzip(packed, listLength / 8))!
        const set = Array.from({ length: listLength }, (_, i) => i).filter((i) => bitAt(bits, i))
        expect(set).toEqual(positions.toSorted((a, b) => a - b))
      },
    ),
    { numRuns: 20 },
  )
})

test('E31 the permutation is one, has its inverse, and reveals nothing about the order of issuing', async () => {
  for (const bits of [4, 9, 12]) {
    const { position, slot } = await makePermutation(bits, nodeCrypto.randomBytes(32), nodeCrypto)
    const positions = Array.from({ length: 2 ** bits }, (_, i) => position(i))
    expect(new Set(positions).size).toBe(2 ** bits)
    expect(positions.every((at, i) => at < 2 ** bits && slot(at) === i)).toBe(true)
  }
  const { position } = await makePermutation(17, nodeCrypto.randomBytes(32), nodeCrypto)
  const order = Array.from({ length: 4096 }, (_, i) => position(i))
  // Wald and Wolfowitz: runs above and below the middle; |z| > 4.5 happens once in 150,000.
  const above = order.map((at) => at >= 65_536)
  const ones = above.filter(Boolean).length
  const runs = 1 + above.slice(1).filter((one, i) => one !== above[i]).length
  const mean = 1 + (2 * ones * (4096 - ones)) / 4096
  const variance = ((mean - 1) * (mean - 2)) / 4095
  expect(Math.abs((runs - mean) / Math.sqrt(variance))).toBeLessThan(4.5)
})

test('E08 an entry in a list of ours counts only for credentials of that list’s issuer, and for its purpose', async () => {
  const parsed = parseSecuredCredential(
    await secure(badge(issuer, { credentialStatus: [entryAt('3')] }), issuer),
  )
  if (isRefusal(parsed)) throw new Error(parsed.detail)
  const judgeOwn = async (own: OwnAnswer) => {
    const result = await judgeStatus(
      {
        ...needs,
        fetch: async () => refuse('did_unreachable'),
        compression: nodeCompression,
        ownStatus: () => [own],
        foreignLists: smallCache(() => now),
        newestLists: makeNewestLists(() => now),
      },
      parsed as never,
    )
    return isRefusal(result) ? result.refused : 'good'
  }

  expect(await judgeOwn({ issuer: issuer.did, purposes: ['revocation'], set: [] })).toBe('good')
  expect(
    await judgeOwn({ issuer: issuer.did, purposes: ['revocation'], set: ['revocation'] }),
  ).toBe('revoked')
  expect(await judgeOwn({ issuer: party().did, purposes: ['revocation'], set: [] })).toBe(
    'status_unavailable',
  )
  expect(await judgeOwn({ issuer: issuer.did, purposes: ['suspension'], set: [] })).toBe(
    'status_malformed',
  )
  expect(await judgeOwn(undefined)).toBe('status_index_range')
})
