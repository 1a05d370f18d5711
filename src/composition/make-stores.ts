import { rememberAgents } from '../adapters/storage/remembered/agents.ts'
import { rememberApiKeys } from '../adapters/storage/remembered/api-keys.ts'
import { rememberIssuers } from '../adapters/storage/remembered/issuers.ts'
import { rememberTasks } from '../adapters/storage/remembered/tasks.ts'
import {
  makeAccessRequestStore,
  makeCeilingStore,
} from '../adapters/storage/stores/access-request-store.ts'
import { makeAgentStore } from '../adapters/storage/stores/agent-store.ts'
import { makeApiKeyStore } from '../adapters/storage/stores/api-key-store.ts'
import { makeAuditStore } from '../adapters/storage/stores/audit-store.ts'
import { makeClosureStore } from '../adapters/storage/stores/closure-store.ts'
import { makeCredentialStore } from '../adapters/storage/stores/credential-store.ts'
import { makeCursorStore } from '../adapters/storage/stores/cursor-store.ts'
import { makeDocumentStore } from '../adapters/storage/stores/document-store.ts'
import { makeDutyStore } from '../adapters/storage/stores/duty-store.ts'
import { makeHandOverStore } from '../adapters/storage/stores/hand-over-store.ts'
import { makeIdentityStore } from '../adapters/storage/stores/identity-store.ts'
import { makeIssuerStore, makeTrustedIssuerStore } from '../adapters/storage/stores/issuer-store.ts'
import { makeMeterStore } from '../adapters/storage/stores/meter-store.ts'
import { makeOverlayStore } from '../adapters/storage/stores/overlay-store.ts'
import { makePersonStore, makeSystemStore } from '../adapters/storage/stores/party-store.ts'
import { makePolicyStore } from '../adapters/storage/stores/policy-store.ts'
import { makeRequestStore } from '../adapters/storage/stores/request-store.ts'
import { makeReviewStore } from '../adapters/storage/stores/review-store.ts'
import { makeSeenListStore } from '../adapters/storage/stores/seen-list-store.ts'
import { makeSessionStore } from '../adapters/storage/stores/session-store.ts'
import { makeStatusStore } from '../adapters/storage/stores/status-store.ts'
import { makeTaskStore } from '../adapters/storage/stores/task-store.ts'
import { makeUsageStore } from '../adapters/storage/stores/usage-store.ts'
import type { Database } from '../foundation/database.ts'
import type { Memory } from '../foundation/memory.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { rememberIdentities } from '../veramo/remember-identities.ts'

export type Stores = ReturnType<typeof makeStores>

/** Everything that is stored, with its caches. */
export function makeStores(database: Database, memory: Memory, crypto: CryptoProvider) {
  return {
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
    cursors: makeCursorStore(database),
    usage: makeUsageStore(database),
    reviews: makeReviewStore(database),
    closures: makeClosureStore(database),
    seenLists: makeSeenListStore(database),
  }
}
