import { expect, test } from 'vitest'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../../src/credential/authenticate-credential.ts'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { makeCache } from '../../src/foundation/cache.ts'
import { utf8 } from '../../src/foundation/encoding.ts'
import type { FetchedBody } from '../../src/foundation/guarded-fetch.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { setBit } from '../../src/status/bit-string.ts'
import { encodeList } from '../../src/status/encoded-list.ts'
import { judgeStatus } from '../../src/status/judge-status.ts'
import {
  makeNewestLists,
  makeSharedNewestLists,
  type NewestLists,
  type SeenList,
  type SeenListStore,
} from '../../src/status/newest-lists.ts'
import { makeStatusList } from '../../src/status/status-list.ts'
import { listLength } from '../../src/status/status-store.ts'
import { makeTokenStatusList } from '../../src/status/token-status-list.ts'
import { badge, needs, now, type Party, party, secure } from '../parties.ts'

const [issuer, another] = [party(), party()]
const url = 'https://lists.example.com/status/1'
const second = 1_000
const unbounded = { entries: 10, bytes: 10_000_000, lifetime: 3_600_000 }

interface ListOptions {
  /** Seconds after `now`. */
  readonly madeAt: number
  readonly ttl: number
  readonly isRevoked: boolean
  readonly by?: Party
}

async function bitstringList({ madeAt, ttl, isRevoked, by = issuer }: ListOptions) {
  const bits = new Uint8Array(listLength / 8)
  if (isRevoked) setBit(bits, 7)
  const { text } = await encodeList(bits, nodeCompression)
  const about = { url, issuer: by.did, purpose: 'revocation', encodedList: text }
  const list = makeStatusList({ ...about, madeAt: now + madeAt * second })
  const credentialSubject = { ...(list.credentialSubject as JsonObject), ttl: ttl * second }
  const secured = await secure({ ...list, credentialSubject }, by)
  return { body: utf8(JSON.stringify(secured)), mediaType: 'application/vc' }
}

async function tokenList({ madeAt, ttl, isRevoked, by = issuer }: ListOptions) {
  const bytes = new Uint8Array(listLength / 4)
  if (isRevoked) bytes[1] = 0b01_00_00_00
  const about = { url, issuer: by.did, bytes, madeAt: now + madeAt * second }
  const claims = { ...(await makeTokenStatusList(about, nodeCompression)), ttl }
  const token = await signToken(claims, 'statuslist+jwt', by.verificationMethod, by.signer)
  return { body: utf8(token), mediaType: 'application/statuslist+jwt' }
}

const entry = {
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: '7',
  statusListCredential: url,
}

async function badgeOf(by: Party, form: 'bitstring' | 'token') {
  const document = badge(by, form === 'token' ? {} : { credentialStatus: [entry] })
  const claims = { ...document, status: { status_list: { idx: 7, uri: url } } }
  const secured =
    form === 'token'
      ? envelop(
          `${await signToken(
            {
              iss: by.did,
              vct: 'https://types.example/badge',
              status: claims.status,
            },
            'dc+sd-jwt',
            by.verificationMethod,
            by.signer,
          )}~`,
          'dc+sd-jwt',
        )
      : await secure(document, by)
  const parsed = parseSecuredCredential(secured)
  const authentic = isRefusal(parsed) ? parsed : await authenticateCredential(needs, parsed)
  if (isRefusal(authentic)) throw new Error(authentic.detail)
  return authentic
}

/** A verifier, asked at a time while a list is served. Nothing but the newest lists outlives a question. */
function verifier(
  form: 'bitstring' | 'token' = 'bitstring',
  newestLists: NewestLists = makeNewestLists(() => now),
  foreignLists?: ReturnType<typeof makeCache>,
) {
  return async (at: number, served: FetchedBody, by: Party = issuer) => {
    const clock = () => now + at * second
    const result = await judgeStatus(
      {
        ...needs,
        clock,
        fetch: async () => served,
        compression: nodeCompression,
        ownStatus: (entries) => entries.map(() => 'foreign' as const),
        foreignLists: (foreignLists as never) ?? makeCache(monotonicClock(clock), unbounded),
        newestLists,
      },
      await badgeOf(by, form),
    )
    return isRefusal(result) ? result.refused : 'good'
  }
}

test.each([
  ['bitstring', bitstringList],
  ['token', tokenList],
] as const)(
  'E15 an older list of the form %s undoes no revocation, long after the newer one has expired',
  async (form, make) => {
    const older = await make({ madeAt: 0, ttl: 3_600, isRevoked: false })
    const newer = await make({ madeAt: 10, ttl: 5, isRevoked: true })
    const later = await make({ madeAt: 30, ttl: 60, isRevoked: false })
    const judge = verifier(form)

    expect([
      await judge(9, older),
      await judge(11, newer),
      await judge(12, older),
      await judge(17, older),
      await judge(17, newer),
      await judge(3_500, older),
      await judge(31, later),
      await judge(32, older),
    ]).toEqual([
      'good',
      'revoked',
      'status_unavailable',
      'status_unavailable',
      'status_unavailable',
      'status_unavailable',
      'good',
      'status_unavailable',
    ])
  },
)

test('E15 a newer list counts as seen even if it has expired when it arrives', async () => {
  const older = await bitstringList({ madeAt: 0, ttl: 3_600, isRevoked: false })
  const newer = await bitstringList({ madeAt: 10, ttl: 5, isRevoked: true })
  const judge = verifier()

  expect([await judge(20, newer), await judge(21, older)]).toEqual([
    'status_unavailable',
    'status_unavailable',
  ])
})

test('E15 a list that somebody else signs under the URL is not the issuer’s, and makes none old', async () => {
  const forged = await bitstringList({ madeAt: 30, ttl: 60, isRevoked: false, by: another })
  const good = await bitstringList({ madeAt: 0, ttl: 60, isRevoked: false })
  const judge = verifier()

  expect([await judge(1, forged), await judge(2, good), await judge(3, forged, another)]).toEqual([
    'status_unavailable',
    'good',
    'good',
  ])
})

test('E15 once one verifier has seen a newer list, an older one stays valid no longer than it, for all who share the memory', async () => {
  const older = await bitstringList({ madeAt: 0, ttl: 3_600, isRevoked: false })
  const newer = await bitstringList({ madeAt: 10, ttl: 5, isRevoked: true })
  const stored = new Map<string, SeenList>()
  const store: SeenListStore = {
    async newest({ issuer, list }, seen) {
      const known = stored.get(`${issuer} ${list}`)
      if (!known || known.madeAt < seen.madeAt) stored.set(`${issuer} ${list}`, seen)
      return stored.get(`${issuer} ${list}`)!
    },
  }
  const node = (
    cache = makeCache(
      monotonicClock(() => now),
      unbounded,
    ),
  ) =>
    verifier(
      'bitstring',
      makeSharedNewestLists(
        makeNewestLists(() => now),
        store,
      ),
      cache as never,
    )
  const [first, second] = [node(), node()]

  expect([
    await first(11, newer),
    // Nodes of one issuer may be seconds apart.
    await second(12, older),
    // From memory, no longer than the newer one.
    await second(16, older),
    await node()(16, older),
  ]).toEqual(['revoked', 'good', 'status_unavailable', 'status_unavailable'])
})

test('E15 the memory of lists is bounded, and an issuer of many pushes out its own', () => {
  const newest = makeNewestLists(() => now)
  const seen = (madeAt: number) => ({ madeAt: now + madeAt, staleAt: now + 3_600_000 })
  newest.note({ issuer: 'did:web:small', list: 'a' }, seen(5))
  for (let i = 0; i < 20_000; i++) newest.note({ issuer: 'did:web:large', list: `${i}` }, seen(5))

  expect([
    newest.note({ issuer: 'did:web:small', list: 'a' }, seen(4)),
    newest.note({ issuer: 'did:web:large', list: '19999' }, seen(4)),
    newest.note({ issuer: 'did:web:large', list: '0' }, seen(4)),
  ]).toEqual([0, 0, now + 3_600_000])
})
