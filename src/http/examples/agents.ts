import type { JsonObject } from '../../foundation/json.ts'
import type { Examples } from './example.ts'
import {
  ada,
  agentX,
  dayLater,
  hourLater,
  issuer,
  ledgerDid,
  morning,
  task,
  xDid,
} from './values.ts'

const keyChallenge = 'AZnBomwvAAABmcGibC8AAKkz0hVjXl2bW8mQ4oTt1nE'

const pending: JsonObject = {
  id: agentX,
  name: 'agent X',
  kind: 'company',
  owner: ada,
  deputy: null,
  model: null,
  softwareDigest: null,
  riskTier: 'medium',
  segment: 'default',
  roles: [],
  externalId: null,
  didMethod: 'key',
  custody: 'own',
  keyKind: 'Ed25519',
  did: null,
  state: 'pending',
  endsAt: null,
  createdAt: morning,
  lastActiveAt: morning,
  dormantSince: null,
  suspendedBy: null,
}

const openTask: JsonObject = {
  id: task,
  issuerId: issuer,
  purpose: 'monthly-report',
  host: ledgerDid,
  agents: [],
  state: 'open',
  createdAt: morning,
  endsAt: dayLater,
  endedAt: null,
}

export const agentExamples: Examples = {
  'POST /agents': {
    body: { name: 'agent X', owner: ada },
    answer: { ...pending, handOver: null, keyChallenge },
  },
  'POST /agents/:id/activate': {
    body: {
      publicKeyMultibase: xDid.slice('did:key:'.length),
      challenge: keyChallenge,
      signature: 'p1wYq3n0QmJc'.repeat(7).slice(0, 86),
    },
    answer: { ...pending, did: xDid, state: 'active' },
  },
  'POST /tasks': { body: { purpose: 'monthly-report', host: ledgerDid }, answer: openTask },
  'POST /tasks/:id/end': {
    body: { outcome: 'completed' },
    answer: { ...openTask, state: 'completed', endedAt: hourLater },
  },
}
