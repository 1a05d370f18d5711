import { makeCache } from '../cache.ts'
import { makeDidJwk } from '../did/jwk.ts'
import { makeDidKey } from '../did/key.ts'
import { makeResolver } from '../did/resolve.ts'
import type { Did } from '../did/syntax.ts'
import { makeDidWeb } from '../did/web.ts'
import type { GuardedFetch } from '../fetch.ts'
import type { Crypto } from '../keys/signature.ts'
import { noLocalRules } from '../permission/no-local-rules.ts'
import type { Compression } from '../status/bit-string.ts'
import type { Clock } from '../time.ts'
import type { HearNeeds } from './hear.ts'

export interface LoneVerifierOptions {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly compression: Compression
  readonly fetch: GuardedFetch
  readonly allowedOrigins: ReadonlySet<string>
  /** For the DID of each trusted issuer, the types of credential it is trusted for. Nobody else is trusted. */
  readonly trustedIssuers: ReadonlyMap<string, readonly string[]>
  /** 32 bytes. */
  readonly challengeKey: Uint8Array
  /** How many credentials, and how many lists, are remembered at most. */
  readonly entries: number
}

/** Nothing lies in a storage of such a verifier's own: every did:web is looked up. */
const noDid: Did = 'did:none:none'
const remembered = { credentials: 60_000, lists: 3_600_000, schemas: 300_000 } as const

/** What a verifier without a database hears with: DIDs are resolved and status lists fetched. */
export function makeLoneVerifier({
  trustedIssuers,
  challengeKey,
  entries,
  ...platform
}: LoneVerifierOptions): HearNeeds {
  const { clock } = platform
  const web = makeDidWeb({ ...platform, ownDocument: async () => undefined })
  return {
    ...platform,
    resolveDid: makeResolver({ key: makeDidKey(), jwk: makeDidJwk(), web }),
    isTrusted: (issuer, type) => trustedIssuers.get(issuer)?.includes(type) ?? false,
    ownStatus: (slots) => slots.map(() => 'foreign' as const),
    foreignLists: makeCache(clock, entries, remembered.lists),
    foreignSchemas: makeCache(clock, 100, remembered.schemas),
    authenticCredentials: makeCache(clock, entries, remembered.credentials),
    rules: noLocalRules,
    settings: { ownDid: noDid, challengeKeys: [challengeKey], publicUrl: '' },
  }
}
