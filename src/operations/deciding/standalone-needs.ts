import { makeDidJwk } from '../../did/methods/jwk.ts'
import { makeDidKey, selfDescribed } from '../../did/methods/key.ts'
import { makeDidWeb } from '../../did/methods/web.ts'
import { makeResolver } from '../../did/resolve.ts'
import type { Did } from '../../did/syntax.ts'
import type { GuardedFetch } from '../../foundation/guarded-fetch.ts'
import type { Memory } from '../../foundation/memory.ts'
import type { Clock } from '../../foundation/time.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import { noLocalRules } from '../../permission/no-local-rules.ts'
import type { Compression } from '../../status/bit-string.ts'
import type { NewestLists } from '../../status/newest-lists.ts'
import { makeForeignMemories } from '../verifying/foreign-memories.ts'
import type { AssessmentNeeds } from './assess-request.ts'

export interface StandaloneOptions {
  readonly clock: Clock
  readonly memory: Memory
  readonly crypto: CryptoProvider
  readonly compression: Compression
  readonly fetch: GuardedFetch
  readonly allowedOrigins: ReadonlySet<string>
  /** For the DID of each trusted issuer, the types of credential it is trusted for. Nobody else is trusted. */
  readonly trustedIssuers: ReadonlyMap<string, readonly string[]>
  /** 32 bytes. */
  readonly challengeKey: Uint8Array
  readonly newestLists: NewestLists
}

/** Such a verifier hosts no DIDs, so it looks up every did:web. */
const noDid: Did = 'did:none:none'

/** The needs of a verifier without a database: it resolves DIDs and fetches status lists. */
export function makeStandaloneNeeds({
  trustedIssuers,
  challengeKey,
  ...platform
}: StandaloneOptions): Omit<AssessmentNeeds, 'budget'> {
  const { memory } = platform
  const web = makeDidWeb({ ...platform, ownDocument: async () => undefined, ownOrigin: undefined })
  return {
    ...platform,
    resolveDid: makeResolver({
      key: makeDidKey(memory.cache('did_key_documents', selfDescribed)),
      jwk: makeDidJwk(memory.cache('did_jwk_documents', selfDescribed)),
      web,
    }),
    isTrusted: (issuer, type) => trustedIssuers.get(issuer)?.includes(type) ?? false,
    ownStatus: (slots) => slots.map(() => 'foreign' as const),
    preparedDelegation: () => 'foreign',
    ...makeForeignMemories(memory),
    rules: noLocalRules,
    settings: { ownDid: noDid, challengeKeys: [challengeKey], publicUrl: '' },
  }
}
