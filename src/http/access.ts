import type { Role } from '../agent/caller.ts'

/**
 * Which role may call which route: the code asks this table, and the documentation is made from it.
 * A route that is not here cannot be made. `anyone` needs no authentication; `agent` is an agent
 * that signs with its DID key, or uses an API key of its own.
 */
export const access = {
  'GET /healthz': ['anyone'],
  'GET /readyz': ['anyone'],
  'GET /metrics': ['administrator', 'auditor'],
  'GET /openapi.json': ['anyone'],
  'GET /docs': ['anyone'],

  'GET /schemas/:name': ['anyone'],
  'GET /status/:list': ['anyone'],
  'GET /.well-known/did.json': ['anyone'],
  'GET /issuers/:issuer/did.json': ['anyone'],
  'GET /agents/:id/did.json': ['anyone'],
  'GET /1.0/identifiers/:did': ['anyone'],

  'POST /people': ['administrator'],
  'GET /people': ['administrator', 'auditor'],
  'GET /people/:id': ['administrator', 'auditor'],
  'POST /systems': ['administrator'],
  'GET /systems': ['administrator', 'auditor'],
  'GET /systems/:id': ['administrator', 'auditor'],
  'POST /api-keys': ['administrator'],
  'GET /api-keys': ['administrator', 'auditor'],
  'POST /api-keys/:id/rotate': ['administrator'],
  'POST /api-keys/:id/revoke': ['administrator'],

  'POST /issuers': ['administrator'],
  'GET /issuers': ['administrator', 'issuer', 'auditor'],
  'GET /issuers/:issuer': ['administrator', 'issuer', 'auditor'],
  'POST /issuers/:issuer/rotate': ['administrator'],
  'POST /issuers/:issuer/retire': ['administrator'],
  'POST /issuers/:issuer/credentials/issue': ['administrator', 'issuer'],
  'POST /trusted-issuers': ['administrator'],
  'GET /trusted-issuers': ['administrator', 'auditor'],
  'DELETE /trusted-issuers/:id': ['administrator'],

  'POST /agents': ['administrator', 'owner'],
  'GET /agents': ['administrator', 'owner', 'issuer', 'auditor'],
  'GET /agents/:id': ['administrator', 'owner', 'issuer', 'auditor', 'agent'],
  'POST /agents/:id/key-challenge': ['administrator', 'owner', 'agent'],
  'POST /agents/:id/activate': ['anyone'],
  'POST /agents/:id/rotate-key': ['administrator', 'owner', 'agent'],
  'POST /agents/:id/suspend': ['administrator', 'owner'],
  'POST /agents/:id/resume': ['administrator', 'owner'],
  'POST /agents/:id/retire': ['administrator', 'owner'],
  'POST /agents/:id/credentials': ['administrator', 'issuer'],
  'POST /agents/:id/presentations': ['administrator', 'owner', 'agent'],

  'POST /tasks': ['administrator', 'issuer'],
  'GET /tasks': ['administrator', 'issuer', 'auditor'],
  'GET /tasks/:id': ['administrator', 'issuer', 'auditor', 'agent'],
  'POST /tasks/:id/end': ['administrator', 'issuer', 'agent'],

  'GET /credentials': ['administrator', 'owner', 'issuer', 'auditor', 'agent'],
  'GET /credentials/:id': ['administrator', 'owner', 'issuer', 'auditor', 'agent'],
  'GET /credentials/:id/status': ['administrator', 'owner', 'issuer', 'auditor', 'agent'],
  'POST /credentials/status': ['administrator', 'issuer'],
  'POST /credentials/:id/suspend': ['administrator', 'owner', 'issuer'],
  'POST /credentials/:id/resume': ['administrator', 'issuer'],
  'POST /credentials/:id/revoke': ['administrator', 'owner', 'issuer', 'agent'],

  'POST /challenges': ['verifier', 'agent'],
  'POST /credentials/verify': ['administrator', 'issuer', 'verifier', 'agent'],
  'POST /credentials/derive': ['administrator', 'owner', 'issuer', 'verifier', 'agent'],
  'POST /credentials/verify/batch': ['administrator', 'issuer', 'verifier', 'agent'],
  'POST /presentations/verify': ['administrator', 'issuer', 'verifier', 'agent'],
  'POST /presentations/verify/batch': ['administrator', 'issuer', 'verifier', 'agent'],
  'POST /decisions': ['verifier', 'agent'],

  'POST /delegations': ['agent'],
  'POST /sessions': ['verifier', 'agent'],
  'POST /sessions/:id/end': ['verifier', 'agent'],
  'POST /sessions/:id/decisions': ['verifier', 'agent'],
  'GET /.well-known/authzen-configuration': ['anyone'],
  'POST /access/v1/evaluation': ['verifier', 'agent'],
  'POST /access/v1/evaluations': ['verifier', 'agent'],
  'POST /meters/reserve': ['verifier', 'agent'],
  'POST /meters/commit': ['verifier', 'agent'],
  'POST /meters/release': ['verifier', 'agent'],

  'POST /overlays': ['administrator', 'verifier', 'agent'],
  'GET /overlays': ['administrator', 'auditor'],
  'POST /overlays/:id/end': ['administrator', 'verifier', 'agent'],
  'GET /policies': ['administrator', 'auditor'],
  'PUT /policies/:name': ['administrator'],
  'DELETE /policies/:name': ['administrator'],
  'POST /policies/trial': ['administrator', 'auditor'],

  'GET /audit': ['administrator', 'auditor'],
  'GET /audit/checkpoint': ['anyone'],
} as const satisfies Record<string, readonly (Role | 'anyone')[]>

export type RouteKey = keyof typeof access
