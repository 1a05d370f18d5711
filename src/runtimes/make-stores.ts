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
import type { Database } from '../database.ts'
import type { Crypto } from '../keys/signature.ts'
import type { Memory } from '../memory.ts'
import { rememberIdentities } from '../veramo/remember-identities.ts'

export type Stores = ReturnType<typeof makeStores>

/** Everything that is stored, with what of it is remembered. */
export function makeStores(database: Database, memory: Memory, crypto: Crypto) {
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
    usage: makeUsageStore(database),
    reviews: makeReviewStore(database),
    closures: makeClosureStore(database),
    seenLists: makeSeenListStore(database),
  }
}
