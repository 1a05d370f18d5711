import type { AuditStore } from './audit/audit-store.ts'
import type { CursorStore } from './audit/cursor-store.ts'
import type { AuditEvent } from './audit/event.ts'
import type { Origins } from './audit/record.ts'
import type { SecuredCredential } from './credential/authenticate-credential.ts'
import type { Authentic } from './credential/credential.ts'
import type { CredentialStore } from './credential/credential-store.ts'
import type {
  Issuer,
  IssuerStore,
  SecuringMechanism,
  TrustedIssuerStore,
} from './credential/issuer.ts'
import type { SchemaNeeds } from './credential/schema.ts'
import type { IsTrusted } from './credential/trust.ts'
import type { DidDocument } from './did/document.ts'
import type { IdentityKey, IdentityStore } from './did/identity.ts'
import type { ResolveDid } from './did/resolve.ts'
import type { Did } from './did/syntax.ts'
import type { AgentStore } from './directory/agent.ts'
import type { ApiKeyStore } from './directory/api-key.ts'
import type { HandOverStore } from './directory/hand-over.ts'
import type { PersonStore, SystemStore } from './directory/party.ts'
import type { TaskStore } from './directory/task.ts'
import type { BoundedCache } from './foundation/cache.ts'
import type { Write } from './foundation/database.ts'
import type { GuardedFetch } from './foundation/guarded-fetch.ts'
import type { Id } from './foundation/id.ts'
import type { JsonObject } from './foundation/json.ts'
import type { MaybePromise } from './foundation/maybe-promise.ts'
import type { Memory } from './foundation/memory.ts'
import type { Clock, Milliseconds, MonotonicClock } from './foundation/time.ts'
import type { AccessRequestStore, CeilingStore } from './governance/access-request.ts'
import type { DocumentKind, DocumentStore, InForce } from './governance/document.ts'
import type { ReviewStore } from './governance/review.ts'
import type { ClosureStore, SegmentMap } from './governance/segment.ts'
import type { DutyStore } from './governance/separation-rule.ts'
import type { UsageStore } from './governance/usage.ts'
import type { KeyKind } from './keys/algorithm.ts'
import type { PublicKey } from './keys/public-key.ts'
import type { CryptoProvider, Signer } from './keys/signature.ts'
import type { PreparedLookUp } from './permission/entry-reservation.ts'
import type { LocalRules } from './permission/local-rules.ts'
import type { MeterStore } from './permission/meter.ts'
import type { OverlayStore } from './permission/overlay.ts'
import type { PolicyEngine, PolicyStore } from './permission/policy.ts'
import type { RememberedSession, SessionStore } from './permission/session.ts'
import type { Challenge } from './presentation/challenge.ts'
import type { Compression } from './status/bit-string.ts'
import type { EncodedList } from './status/encoded-list.ts'
import type { StatusNeeds } from './status/judge-status.ts'
import type { NewestLists } from './status/newest-lists.ts'
import type { StatusList } from './status/status-list.ts'
import type { StatusStore } from './status/status-store.ts'

/** Records of things that may happen only once. */
export interface RequestStore {
  /**
   * Fails the whole commit with `spent_challenges_nonce` if the challenge has been spent, and with
   * `challenge_forgotten` if it is too old to tell.
   */
  spend(challenge: Challenge): Write
  answered(digest: Uint8Array, now: Milliseconds): Promise<StoredAnswer | undefined>
  /** Fails the whole commit with `idempotency_keys_digest` if the key has a live answer. */
  answer(
    digest: Uint8Array,
    answer: StoredAnswer,
    now: Milliseconds,
    expiresAt: Milliseconds,
  ): readonly Write[]
  /**
   * Moves the mark before which expired records may be deleted, for every store. It stays
   * `replayMemory` behind `now` and moves at most two minutes, so that a clock that is wrong for a
   * while deletes nothing that matters. Anything that expired before the mark is refused as spent
   * from then on.
   *
   * @returns the mark.
   */
  moveForgetting(now: Milliseconds): Promise<Milliseconds>
  /** @param mark from `moveForgetting`. */
  deleteExpired(mark: Milliseconds): Promise<void>
  /** Records that the database was restored from a backup. */
  restored(id: Id, at: Milliseconds): Write
  /** The newest restoration, if any. */
  lastRestoration(): Promise<Id | undefined>
}

/** Tells nodes that their caches may be void. */
export interface InvalidationStore {
  /** Number of announcements so far. */
  generation(): Promise<number>
  raise(): Write
}

export interface StoredAnswer {
  readonly requestDigest: Uint8Array
  /** JSON. */
  readonly answer: string
}

/**
 * The DIDs assigned here, and their keys. Creating one returns writes, to be committed with the
 * event.
 */
export interface Identities {
  /** Makes and seals a key, and assigns it a DID. */
  create(kind: KeyKind, at: DidPlace): Promise<NewIdentity>
  /** Assigns a DID to a key that another party keeps. */
  assign(key: PublicKey, at: DidPlace): NewIdentity
  /** Replaces the current key with the holder's own `key`, or with a new one made here. */
  rotate(did: Did, key: PublicKey | KeyKind, compromised: boolean): Promise<NewIdentity>
  /** Signs with the current sealed key of a DID. @throws ServiceError `signing_unavailable` */
  signer(did: Did): Promise<{ readonly signer: Signer; readonly verificationMethod: string }>
  /** The document of a DID assigned here. */
  document(did: Did): MaybePromise<DidDocument | undefined>
}

/** did:key, or did:web at a path under the public URL. */
export type DidPlace =
  | { readonly method: 'key' }
  | { readonly method: 'web'; readonly path: readonly string[] }

export interface NewIdentity {
  readonly did: Did
  readonly key: IdentityKey
  readonly writes: readonly Write[]
}

/** A served status list, valid for its version until it is too old. */
export interface PublishedList {
  readonly version: number
  readonly madeAt: Milliseconds
  /** The credential, or the claims of the token. */
  readonly json: JsonObject
  /** The response body: the JSON, or the compact token. */
  readonly body: string
  /** Compressed blocks for the next version. */
  readonly encoded: EncodedList | undefined
  readonly etag: string
}

/** A credential with a valid signature, and the JCS form that it covers. */
export interface RememberedCredential {
  readonly canonical: string
  readonly credential: Authentic<SecuredCredential>
}

/** Every capability that an operation may ask for. */
export interface Deps {
  readonly clock: Clock
  /** For durations: cache lifetimes, and the age of results. */
  readonly monotonic: MonotonicClock
  readonly memory: Memory
  readonly invalidation: {
    /**
     * Called before relying on caches: clears them if any node has announced a change. Reads the
     * database at most once a second.
     *
     * @throws ServiceError `storage_unreachable`
     */
    keepUp(): MaybePromise<void>
    /**
     * Belongs into the commit of a change that voids caches: a compromised key, a trust that ended,
     * a person who left. This node forgets at once, the others within two seconds.
     */
    announce(): Write
  }
  readonly crypto: CryptoProvider
  readonly compression: Compression
  readonly fetch: GuardedFetch
  readonly resolveDid: ResolveDid
  /**
   * Commits writes together with the audit events that tell of them, or nothing. Operations do not
   * call it: they return a change, which operations/common/carry-out.ts commits.
   *
   * @throws ServiceError by the table in composition/constraint-errors.ts if a precondition fails.
   */
  readonly commit: (writes: readonly Write[], events: readonly AuditEvent[]) => Promise<void>
  readonly people: PersonStore
  readonly systems: SystemStore
  readonly apiKeys: ApiKeyStore
  readonly issuers: IssuerStore
  readonly trustedIssuers: TrustedIssuerStore
  readonly identityKeys: IdentityStore
  readonly agents: AgentStore
  readonly handOvers: HandOverStore
  readonly tasks: TaskStore
  readonly credentials: CredentialStore
  readonly status: StatusStore
  readonly requests: RequestStore
  readonly audit: AuditStore
  readonly meters: MeterStore
  readonly overlays: OverlayStore
  readonly policies: PolicyStore
  readonly sessions: SessionStore
  readonly documents: DocumentStore
  readonly accessRequests: AccessRequestStore
  readonly ceilings: CeilingStore
  readonly duties: DutyStore
  readonly cursors: CursorStore
  readonly usage: UsageStore
  readonly reviews: ReviewStore
  readonly closures: ClosureStore
  /** Documents in force, read once a second. `forget` is called after one has changed. */
  readonly governance: {
    inForce<K extends DocumentKind>(kind: K): MaybePromise<readonly InForce<K>[]>
    segments(): MaybePromise<SegmentMap>
    forget(): void
  }
  readonly identities: Identities
  /**
   * Secures a credential through the Veramo agent, with the current key of the issuer.
   *
   * @throws ServiceError `signing_unavailable`, or `credential_malformed` for a document that
   *   cannot be secured this way.
   */
  readonly secureCredential: (
    issuer: Issuer,
    document: JsonObject,
    mechanism: SecuringMechanism,
    options?: SecuringOptions,
  ) => Promise<JsonObject>
  readonly isTrusted: IsTrusted
  readonly ownStatus: StatusNeeds['ownStatus']
  /** The next unused slot of an issuer, from a block reserved in advance. */
  readonly nextSlot: (issuerId: Id) => Promise<number>
  /** The status entries of a slot in its issuer's lists. */
  readonly statusEntries: (issuerId: Id, slot: number) => Promise<readonly JsonObject[]>
  readonly preparedDelegation: PreparedLookUp
  readonly foreignLists: BoundedCache<StatusList>
  readonly newestLists: NewestLists
  /** Storage behind `newestLists`, from which expired records are deleted. */
  readonly seenLists: { deleteExpired(mark: Milliseconds): Promise<void> }
  readonly foreignSchemas: SchemaNeeds['foreignSchemas']
  readonly publishedLists: BoundedCache<PublishedList>
  /** By signature text. Only signatures are cached; time and status are checked on every use. */
  readonly authenticCredentials: BoundedCache<RememberedCredential>
  readonly policyEngine: PolicyEngine
  /** `forget` is called after overlays or policies have changed. */
  readonly rules: LocalRules & { forget(): void }
  readonly rememberedSessions: BoundedCache<RememberedSession>
  /** Signs checkpoints of the audit log. */
  readonly auditSigner: () => Promise<Signer>
  readonly settings: Settings
  readonly origins: Origins
}

export interface SecuringOptions {
  /** For ecdsa-sd-2023: JSON pointers to what its holder must always reveal. */
  readonly mandatoryPointers?: readonly string[] | undefined
  /** For an SD-JWT VC: the holder's key. */
  readonly holderKey?: PublicKey | undefined
}

export interface Settings {
  /** Without trailing slash. */
  readonly publicUrl: string
  /** did:web of the public URL. DIDs of this service are this one, or begin with it and a colon. */
  readonly ownDid: Did
  /** Name of the audit log: the host of the public URL. */
  readonly auditOrigin: string
  /**
   * MAC keys of challenges, derived from the master keys: the first makes them, any of them
   * verifies them.
   */
  readonly challengeKeys: readonly [Uint8Array, ...Uint8Array[]]
  /** Name of the issuer that is used if none is named. */
  readonly defaultIssuer: string
  /** Days without use after which an agent is suspended, and then retired; 0: never. */
  /** Days for which the content of events is kept; 0: forever. */
  readonly auditDays: number
  readonly unusedDays: { readonly suspendAfter: number; readonly retireAfter: number }
}
