import { makeOrigins } from '../adapters/async/origins.ts'
import { makeCedarEngine } from '../adapters/policy/cedar.ts'
import type { CedarInstance } from '../adapters/policy/cedar-instance.ts'
import {
  makeAccessRequestStore,
  makeCeilingStore,
} from '../adapters/storage/access-request-store.ts'
import { makeAgentStore } from '../adapters/storage/agent-store.ts'
import { makeApiKeyStore } from '../adapters/storage/api-key-store.ts'
import { makeAuditStore } from '../adapters/storage/audit-store.ts'
import { makeClosureStore } from '../adapters/storage/closure-store.ts'
import { makeCredentialStore } from '../adapters/storage/credential-store.ts'
import { makeDocumentStore } from '../adapters/storage/document-store.ts'
import { makeDutyStore } from '../adapters/storage/duty-store.ts'
import { makeHandOverStore } from '../adapters/storage/hand-over-store.ts'
import { makeIdentityStore } from '../adapters/storage/identity-store.ts'
import { makeInvalidationStore } from '../adapters/storage/invalidation-store.ts'
import { makeIssuerStore, makeTrustedIssuerStore } from '../adapters/storage/issuer-store.ts'
import { makeMeterStore } from '../adapters/storage/meter-store.ts'
import { makeOverlayStore } from '../adapters/storage/overlay-store.ts'
import { makePersonStore, makeSystemStore } from '../adapters/storage/party-store.ts'
import { makePolicyStore } from '../adapters/storage/policy-store.ts'
import { rememberAgents } from '../adapters/storage/remember-agents.ts'
import { rememberApiKeys } from '../adapters/storage/remember-api-keys.ts'
import { rememberIssuers } from '../adapters/storage/remember-issuers.ts'
import { rememberTasks } from '../adapters/storage/remember-tasks.ts'
import { makeRequestStore } from '../adapters/storage/request-store.ts'
import { makeReviewStore } from '../adapters/storage/review-store.ts'
import { makeSeenListStore } from '../adapters/storage/seen-list-store.ts'
import { makeSessionStore } from '../adapters/storage/session-store.ts'
import { makeStatusStore } from '../adapters/storage/status-store.ts'
import { makeTaskStore } from '../adapters/storage/task-store.ts'
import { makeUsageStore } from '../adapters/storage/usage-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { AuditEvent } from '../audit/event.ts'
import { makeRecorder } from '../audit/record.ts'
import { recall } from '../cache.ts'
import type { IssuerStore, TrustedIssuerStore } from '../credential/issuer.ts'
import type { IsTrusted } from '../credential/trust.ts'
import { ConstraintViolation, type Database, endCommit } from '../database.ts'
import type { Deps, Settings } from '../deps.ts'
import { makeDidJwk } from '../did/jwk.ts'
import { makeDidKey, selfDescribed } from '../did/key.ts'
import { makeResolver } from '../did/resolve.ts'
import type { Did } from '../did/syntax.ts'
import { didWeb, makeDidWeb } from '../did/web.ts'
import { utf8 } from '../encoding.ts'
import { ServiceError } from '../errors.ts'
import type { GuardedFetch } from '../fetch.ts'
import { newId, timeOf } from '../id.ts'
import { hmacSha256 } from '../keys/hmac.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import type { Crypto, Signer } from '../keys/signature.ts'
import type { Memory } from '../memory.ts'
import { makeForeignMemories } from '../operations/foreign-memories.ts'
import { preconditions } from '../operations/preconditions.ts'
import type { Compression } from '../status/bit-string.ts'
import { makeNewestLists, makeSharedNewestLists } from '../status/newest-lists.ts'
import type { Clock, MonotonicClock } from '../time.ts'
import { makeIdentities } from '../veramo/identities.ts'
import { rememberIdentities } from '../veramo/remember-identities.ts'
import { makeSecureCredential } from '../veramo/secure-credential.ts'
import { makeGoverningDocuments } from './governing-documents.ts'
import { makeGoverningRules } from './governing-rules.ts'
import { makeInvalidation } from './invalidation.ts'
import { makeLocalRules } from './local-rules.ts'
import {
  makeNextSlot,
  makeOwnStatus,
  makeStatusEntries,
  rememberPermutations,
} from './own-status.ts'

/** What differs from runtime to runtime. */
export interface Platform {
  readonly clock: Clock
  readonly monotonic: MonotonicClock
  readonly memory: Memory
  readonly crypto: Crypto
  readonly compression: Compression
  readonly database: Database
  readonly keeper: KeyKeeper
  readonly fetch: GuardedFetch
  /** Loads the engine of local policy, when there is a policy. */
  readonly cedar: () => Promise<CedarInstance>
  readonly allowedOrigins: ReadonlySet<string>
  readonly publicUrl: string
  readonly masterKey: Uint8Array
  /** The key before, while it is being replaced. */
  readonly previousMasterKey?: Uint8Array | undefined
  readonly defaultIssuer: string
  readonly unusedDays: Settings['unusedDays']
  readonly auditDays: number
  /** Whether a request may wait for work that another began. Where requests are cancelled one by one, it may not. */
  readonly waitsForOthers?: boolean
}

/** Puts every capability together. The same on every runtime. */
export async function makeDeps(platform: Platform): Promise<Deps> {
  const { clock, monotonic, memory, crypto, compression, database, keeper } = platform
  const stores = {
    people: makePersonStore(database),
    systems: makeSystemStore(database),
    apiKeys: rememberApiKeys(makeApiKeyStore(database), memory),
    issuers: rememberIssuers(makeIssuerStore(database), memory),
    trustedIssuers: makeTrustedIssuerStore(database),
    identityKeys: rememberIdentities(makeIdentityStore(database), memory),
    agents: rememberAgents(makeAgentStore(database), memory),
    handOvers: makeHandOverStore(database),
    tasks: rememberTasks(makeTaskStore(database), memory),
    credentials: makeCredentialStore(database),
    status: makeStatusStore(database, crypto),
    requests: makeRequestStore(database),
    audit: makeAuditStore(database),
    meters: makeMeterStore(database),
    overlays: makeOverlayStore(database),
    policies: makePolicyStore(database),
    sessions: makeSessionStore(database),
    documents: makeDocumentStore(database),
    accessRequests: makeAccessRequestStore(database),
    ceilings: makeCeilingStore(database),
    duties: makeDutyStore(database),
    usage: makeUsageStore(database),
    reviews: makeReviewStore(database),
    closures: makeClosureStore(database),
    seenLists: makeSeenListStore(database),
  }
  const restoration = await stores.requests.lastRestoration()
  const settings = await makeSettings(platform, restoration)
  // The resolver asks for our own documents, and identities resolve through it: tied together here.
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
  const commit = makeCommit(database, stores.audit, makeRecorder(clock, crypto, origins), {
    'document.changed': governance.forget,
    'segment.closed': governance.forget,
    'segment.reopened': governance.forget,
    'policy.changed': rules.forget,
    'overlay.created': rules.forget,
    'overlay.ended': rules.forget,
  })
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
    ownStatus: makeOwnStatus(
      stores.status,
      stores.issuers,
      permutationOf,
      memory,
      platform.publicUrl,
      waitsForOthers,
    ),
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
    auditSigner: makeAuditSigner(database, stores.identityKeys, keeper, settings, clock, crypto),
    settings,
    origins,
  }
}

/** @param restoration what makes challenges from before a restoration count no more. */
async function makeSettings(
  {
    publicUrl,
    masterKey,
    previousMasterKey: previous,
    defaultIssuer,
    unusedDays,
    auditDays,
    crypto,
  }: Platform,
  restoration: string | undefined,
): Promise<Settings> {
  const purpose = utf8(['procura challenges', restoration ?? []].flat().join(' '))
  const challengeKey = async (key: Uint8Array) => hmacSha256(key, purpose, crypto)
  return {
    publicUrl,
    ownDid: didWeb(publicUrl),
    auditOrigin: `${new URL(publicUrl).host}/audit`,
    challengeKeys: [
      await challengeKey(masterKey),
      ...(previous ? [await challengeKey(previous)] : []),
    ],
    defaultIssuer,
    unusedDays,
    auditDays,
  }
}

/** What this node must forget once an event of such a type is committed, or may have been. */
type Forgetting = { readonly [T in AuditEvent['type']]?: () => void }

/** A change lands with its events, or a constraint says why not. */
function makeCommit(
  database: Database,
  audit: Pick<AuditStore, 'add'>,
  record: ReturnType<typeof makeRecorder>,
  forget: Forgetting,
): Deps['commit'] {
  return async (writes, events) => {
    try {
      await database.commit([...writes, ...events.map((event) => audit.add(record(event)))])
    } catch (error) {
      if (!(error instanceof ConstraintViolation)) throw error
      const [code, detail] = preconditions[error.constraint] ?? [
        'write_conflict',
        'another change came between: try again',
      ]
      throw new ServiceError(code, detail, { cause: error })
    } finally {
      endCommit(writes)
      for (const { type } of events) forget[type]?.()
    }
  }
}

/** Our own issuers, remembered for good; others as the list of trusted issuers says now. */
function makeIsTrusted(
  issuers: IssuerStore,
  trusted: TrustedIssuerStore,
  memory: Memory,
): IsTrusted {
  const ours = memory.cache<true>('own_issuers', { entries: 1_000, lifetime: 60_000 })
  const isOurs = async (did: Did) => ((await issuers.findByDid(did)) ? (true as const) : undefined)
  return async (did, type) =>
    (await recall(ours, did, () => isOurs(did))) ?? trusted.isTrusted(did, type)
}

/** What was prepared here under an id, where its root issuer is one of ours. */
function makePreparedLookUp(
  { issuers, credentials }: Pick<Deps, 'issuers' | 'credentials'>,
  clock: Clock,
): Deps['preparedDelegation'] {
  return async (rootIssuer, id) => {
    const issuer = await issuers.findByDid(rootIssuer as Did)
    if (!issuer) return 'foreign'
    const found = await credentials.findByCredentialId(id, clock())
    const prepared = found.find(
      ({ basis, issuerId }) => basis.startsWith('delegation:') && issuerId === issuer.id,
    )
    return prepared?.secured
  }
}

/** The log's own key: a sealed row like any other, under the name of the log. */
function makeAuditSigner(
  database: Database,
  keys: Deps['identityKeys'],
  keeper: KeyKeeper,
  { auditOrigin }: Settings,
  clock: Clock,
  crypto: Crypto,
): () => Promise<Signer> {
  const name = `did:procura-audit:${auditOrigin.replaceAll(/[^A-Za-z0-9.]/g, '-')}` as Did
  let signer: Signer | undefined
  const load = async (): Promise<Signer | undefined> => {
    const key = (await keys.find(name))?.keys[0]
    return key?.sealed
      ? keeper.signer({ publicKey: key.publicKey, sealed: key.sealed }, key.id)
      : undefined
  }
  const make = async (): Promise<Signer> => {
    const id = newId(clock(), crypto.randomBytes)
    const { publicKey, sealed } = await keeper.make('Ed25519', id)
    try {
      await database.commit([
        keys.addKey({
          id,
          did: name,
          fragment: 'key',
          publicKey,
          sealed,
          state: 'current',
          createdAt: clock(),
        }),
      ])
    } catch (error) {
      // Another node made it first: its key is the one.
      if (!(error instanceof ConstraintViolation)) throw error
    }
    return (await load())!
  }
  return async () => {
    signer ??= (await load()) ?? (await make())
    return signer
  }
}
