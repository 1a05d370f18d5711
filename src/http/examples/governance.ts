import type { JsonObject } from '../../foundation/json.ts'
import type { Examples } from './example.ts'
import {
  administrator,
  agentX,
  credential,
  dayLater,
  digest,
  grant,
  hourLater,
  ledgerDid,
  morning,
  overlay,
  request,
  task,
  xDid,
} from './values.ts'

const open: JsonObject = {
  id: request,
  kind: 'permission',
  agentId: agentX,
  taskId: task,
  requester: `agent:${agentX}`,
  requesterPerson: null,
  entitlement: 'reporting@3',
  reason: 'the report of February',
  terms: { audience: [ledgerDid], grants: [grant], lifetimeSeconds: 3600 },
  digest,
  rules: ['customer-data@1'],
  stages: [
    {
      name: 'data owner',
      approvers: { roles: ['data-owner'] },
      quorum: 1,
      deadlineSeconds: 86_400,
    },
  ],
  stage: 0,
  stageEndsAt: dayLater,
  escalated: false,
  state: 'open',
  because: null,
  revision: 1,
  edits: 0,
  createdAt: morning,
  decidedAt: null,
  credentialId: null,
  finding: null,
  reviewedBy: null,
  reviewedAt: null,
}

export const governanceExamples: Examples = {
  'POST /requests': {
    body: { agent: agentX, task, entitlement: 'reporting', reason: 'the report of February' },
    answer: open,
  },
  'POST /requests/:id/approve': {
    body: { digest, edits: 0, comment: 'as every month' },
    answer: {
      ...open,
      state: 'granted',
      stage: 1,
      stageEndsAt: null,
      revision: 2,
      decidedAt: hourLater,
      credentialId: credential,
    },
  },
  'POST /overlays': {
    body: {
      scope: { kind: 'agent', value: xDid },
      reason: 'it reads more than it reports',
      lifetimeSeconds: 86_400,
    },
    answer: {
      id: overlay,
      scope: { kind: 'agent', value: xDid },
      audience: null,
      grants: [],
      reason: 'it reads more than it reports',
      createdBy: administrator,
      createdAt: morning,
      endsAt: dayLater,
      endedAt: null,
    },
  },
}
