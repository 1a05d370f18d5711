import type { JsonObject } from '../../foundation/json.ts'
import type { Examples } from './example.ts'
import {
  challenge,
  credential,
  decision,
  grant,
  helperDid,
  hourLater,
  ledgerDid,
  presentation,
  securedCredential,
  task,
  xDid,
} from './values.ts'

const verified: JsonObject = {
  verified: true,
  decision: 'allow',
  reason: null,
  statusAge: 0,
  problemDetails: [],
}
const passed = (check: string): JsonObject => ({ check, outcome: 'passed' })
const status: JsonObject = { id: credential, revocation: [], suspension: [], message: null }

export const credentialExamples: Examples = {
  'POST /agents/:id/credentials': {
    body: { task, audience: [ledgerDid], grants: [grant] },
    answer: { id: credential, credential: securedCredential },
  },
  'POST /issuers/:issuer/credentials/issue': {
    body: {
      credential: {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { id: xDid },
      },
    },
    answer: { verifiableCredential: securedCredential },
  },
  'POST /credentials/verify': {
    body: { verifiableCredential: securedCredential },
    answer: { ...verified, verifiedDocument: securedCredential },
  },
  'GET /credentials/:id/status': { answer: status },
  'POST /credentials/:id/revoke': {
    body: {},
    answer: { ...status, revocation: [{ cause: 'order', since: hourLater }] },
  },
  'POST /challenges': {
    body: { audience: ledgerDid },
    answer: { challenge, domain: ledgerDid, expiresAt: '2026-03-02T08:05:00Z' },
  },
  'POST /agents/:id/presentations': {
    body: { credentials: [credential], challenge, domain: ledgerDid },
    answer: { verifiablePresentation: presentation },
  },
  'POST /presentations/verify': {
    body: { verifiablePresentation: presentation, options: { challenge, domain: ledgerDid } },
    answer: {
      ...verified,
      holder: xDid,
      credentials: [{ verified: true, verifiedDocument: securedCredential, problemDetails: [] }],
    },
  },
  'POST /decisions': {
    body: {
      presentation,
      action: 'read',
      resource: 'db://crm/public/customers',
      purpose: 'monthly-report',
    },
    answer: {
      decision: 'allow',
      id: decision,
      grant: 'g1',
      credential: `urn:uuid:${credential}`,
      statusAge: 0,
      trace: [passed('the challenge is ours'), passed('a grant covers the request')],
    },
  },
  'POST /delegations': {
    body: {
      chain: [securedCredential],
      subject: helperDid,
      grants: [{ ...grant, from: 'g1' }],
      lifetimeSeconds: 600,
    },
    answer: {
      id: '0199c1a8-c285-73b6-91a4-90d562738499',
      credential: { ...securedCredential, id: 'urn:uuid:0199c1a8-c285-73b6-91a4-90d562738499' },
    },
  },
}
