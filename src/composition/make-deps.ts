import { makeOrigins } from '../adapters/event-loop/origins.ts'
import { makeCedarEngine } from '../adapters/policy/cedar.ts'
import type { CedarInstance } from '../adapters/policy/cedar-instance.ts'
import { makeInvalidationStore } from '../adapters/storage/stores/invalidation-store.ts'
import type { AuditEvent } from '../audit/event.ts'
import { makeRecorder } from '../audit/record.ts'
import type { Deps, Settings } from '../deps.ts'
import { makeDidJwk } from '../did/methods/jwk.ts'
import { makeDidKey, selfDescribed } from '../did/methods/key.ts'
import { makeDidWeb } from '../did/methods/web.ts'
import { makeResolver } from '../did/resolve.ts'
import type { Database } from '../foundation/database.ts'
import type { GuardedFetch } from '../foundation/guarded-fetch.ts'
import { timeOf } from '../foundation/id.ts'
import type { Memory } from '../foundation/memory.ts'
import type { Clock, MonotonicClock } from '../foundation/time.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { makeGoverningRules } from '../operations/deciding/governing-rules.ts'
import { makeForeignMemories } from '../operations/verifying/foreign-memories.ts'
import type { Compression } from '../status/bit-string.ts'
import { makeNewestLists, makeSharedNewestLists } from '../status/newest-lists.ts'
import { makeIdentities } from '../veramo/identities.ts'
import { makeSecureCredential } from '../veramo/secure-credential.ts'
import { makeAuditSigner } from './audit-signer.ts'
import { makeGoverningDocuments } from './governing-documents.ts'
import { makeInvalidation } from './invalidation.ts'
import { makeLocalRules } from './local-rules.ts'
import { makeCommit } from './make-commit.ts'
import { makeSettings } from './make-settings.ts'
import { makeStores } from './make-stores.ts'
import { makeIsTrusted, makePreparedLookUp } from './own-issuers.ts'
import {
  makeNextSlot,
  makeOwnStatus,
  makeStatusEntries,
  rememberPermutations,
} from './own-status.ts'

/** What differs between runtimes. */
export interface Platform {
  readonly clock: Clock
  readonly monotonic: MonotonicClock
  readonly memory: Memory
  readonly crypto: CryptoProvider
  readonly compression: Compression
  readonly database: Database
  readonly keeper: KeyKeeper
  readonly fetch: GuardedFetch
  /** Loads the policy engine, once there is a policy. */
  readonly cedar: () => Promise<CedarInstance>
  readonly allowedOrigins: ReadonlySet<string>
  readonly publicUrl: string
  readonly masterKey: Uint8Array
  /** The previous key, during its replacement. */
  readonly previousMasterKey?: Uint8Array | undefined
  readonly defaultIssuer: string
  readonly unusedDays: Settings['unusedDays']
  readonly auditDays: number
  /** Called with the events that this node has committed. */
  readonly onCommitted: (events: readonly AuditEvent[]) => void
  /**
   * Whether a request may wait for work that another started. Where requests are cancelled
   * individually, it may not.
   */
  readonly waitsForOthers?: boolean
}

/** Puts all capabilities together, the same for every runtime. */
export async function makeDeps(platform: Platform): Promise<Deps> {
  const { clock, monotonic, memory, crypto, compression, database, keeper } = platform
  const stores = makeStores(database, memory, crypto)
  const restoration = await stores.requests.lastRestoration()
  const settings = await makeSettings(platform, restoration)
  // The resolver needs our own documents, and identities resolve through it, so they are tied
  // together here.
  const own: { identities?: Deps['identities'] } = {}
  const resolveDid = makeResolver({
    key: makeDidKey(memory.cache('did_key_documents', selfDescribed)),
    jwk: makeDidJwk(memory.cache('did_jwk_documents', selfDescribed)),
    web: makeDidWeb({
      memory,
      fetch: platform.fetch,
      ownDocument: (did) => own.identities?.document(did),
      ownOrigin: new URL(platform.publicUrl).origin,
      allowedOrigins: platform.allowedOrigins,
    }),
  })
  const keys = {
    crypto,
    clock,
    keys: stores.identityKeys,
    keeper,
    resolveDid,
  }
  const waitsForOthers = platform.waitsForOthers ?? true
  const governance = makeGoverningDocuments(stores, monotonic, waitsForOthers)
  const origins = makeOrigins()
  const permutationOf = rememberPermutations(crypto, memory)
  const policyEngine = makeCedarEngine(platform.cedar)
  const rules = makeLocalRules(
    stores,
    policyEngine,
    platform,
    {
      meterAuthority: `${platform.publicUrl}/meters`,
      metersSince: restoration === undefined ? 0 : timeOf(restoration),
      ...makeGoverningRules({ ...stores, clock, crypto, governance }),
    },
    waitsForOthers,
  )
  const commit = makeCommit(
    database,
    stores.audit,
    makeRecorder(clock, crypto, origins),
    {
      'document.changed': governance.forget,
      'segment.closed': governance.forget,
      'segment.reopened': governance.forget,
      'policy.changed': rules.forget,
      'overlay.created': rules.forget,
      'overlay.ended': rules.forget,
    },
    platform.onCommitted,
  )
  own.identities = makeIdentities({ ...keys, publicUrl: platform.publicUrl })
  return {
    ...stores,
    clock,
    monotonic,
    memory,
    crypto,
    compression,
    fetch: platform.fetch,
    resolveDid,
    commit,
    identities: own.identities,
    secureCredential: makeSecureCredential(keys),
    isTrusted: makeIsTrusted(stores.issuers, stores.trustedIssuers, memory),
    ownStatus: makeOwnStatus({
      ...stores,
      permutationOf,
      memory,
      publicUrl: platform.publicUrl,
      waitsForOthers,
    }),
    nextSlot: makeNextSlot(stores.status, waitsForOthers),
    statusEntries: makeStatusEntries(stores.status, permutationOf, memory, platform.publicUrl),
    preparedDelegation: makePreparedLookUp(stores, clock),
    ...makeForeignMemories(memory),
    rememberedSessions: memory.cache('sessions', { entries: 10_000, lifetime: 60_000 }),
    publishedLists: memory.cache('published_lists', { entries: 1_000, lifetime: 60_000 }),
    newestLists: makeSharedNewestLists(makeNewestLists(clock), stores.seenLists),
    policyEngine,
    rules,
    invalidation: makeInvalidation(
      makeInvalidationStore(database),
      monotonic,
      waitsForOthers,
      () => {
        memory.forgetVoidable()
        rules.forget()
        governance.forget()
      },
    ),
    governance,
    auditSigner: makeAuditSigner({ ...stores, database, keeper, settings, clock, crypto }),
    settings,
    origins,
  }
}
