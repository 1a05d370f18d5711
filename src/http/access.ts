import type { Role } from '../directory/caller.ts'

/** Groups of routes, each with its own rate limit, so that a flood of one group does not affect the others. */
export type Lane = 'verify' | 'published' | 'health' | 'other'

/**
 * What a caller with the role sees. `everything`: all there is. `own`: only what concerns the caller,
 * unless they may see all; such routes read through operations/common/find-visible.ts and its
 * neighbours, and return the same answer for what does not exist and for what the caller may not see.
 */
export type Visibility = 'everything' | 'own'

interface Access {
  readonly roles: readonly (Role | 'anyone')[]
  readonly lane: Lane
  readonly sees: Visibility
}

const rowOf =
  (lane: Lane, sees: Visibility) =>
  (...roles: readonly (Role | 'anyone')[]): Access => ({ roles, lane, sees })
const all = rowOf('other', 'everything')
const own = rowOf('other', 'own')
const verify = rowOf('verify', 'everything')
const verifyOwn = rowOf('verify', 'own')
const open = all('anyone')
const published = rowOf('published', 'everything')('anyone')
const health = rowOf('health', 'everything')('anyone')

/**
 * Which roles may call which route. The service enforces this table, and docs/access.md is
 * generated from it. A route without a row cannot be registered. `anyone` needs no authentication;
 * `agent` is an agent that signs with its DID key or uses its own API key.
 */
export const access = {
  'GET /healthz': health,
  'GET /readyz': health,
  'GET /metrics': all('administrator', 'auditor'),
  'GET /openapi.json': open,
  'GET /docs': open,
  'GET /docs/:page': open,
  'GET /llms.txt': open,

  'GET /schemas/:name': published,
  'GET /status/:list': published,
  'GET /.well-known/did.json': published,
  'GET /issuers/:issuer/did.json': published,
  'GET /agents/:id/did.json': published,
  'GET /1.0/identifiers/:did': open,

  'POST /people': all('administrator', 'provisioner'),
  'GET /people': all('administrator', 'auditor'),
  'GET /people/:id': all('administrator', 'auditor'),
  'PATCH /people/:id': all('administrator', 'provisioner'),
  'POST /people/:id/leave': all('administrator', 'provisioner'),
  'POST /people/:id/erase': all('administrator'),
  'POST /people/:id/delegate': own('administrator', 'approver'),
  'POST /systems': all('administrator'),
  'GET /systems': all('administrator', 'auditor'),
  'GET /systems/:id': all('administrator', 'auditor'),
  'POST /api-keys': all('administrator'),
  'GET /api-keys': all('administrator', 'auditor'),
  'POST /api-keys/:id/rotate': all('administrator'),
  'POST /api-keys/:id/revoke': all('administrator'),

  'POST /issuers': all('administrator'),
  'GET /issuers': all('administrator', 'issuer', 'auditor'),
  'GET /issuers/:issuer': all('administrator', 'issuer', 'auditor'),
  'POST /issuers/:issuer/rotate': all('administrator'),
  'POST /issuers/:issuer/retire': all('administrator'),
  'POST /issuers/:issuer/credentials/issue': all('administrator', 'issuer'),
  'POST /trusted-issuers': all('administrator'),
  'GET /trusted-issuers': all('administrator', 'auditor'),
  'DELETE /trusted-issuers/:id': all('administrator'),

  'POST /agents': all('administrator', 'owner', 'provisioner'),
  'GET /agents': own('administrator', 'owner', 'issuer', 'auditor'),
  'GET /agents/:id': own('administrator', 'owner', 'issuer', 'auditor', 'agent'),
  'POST /agents/:id/key-challenge': own('administrator', 'owner', 'agent'),
  'POST /agents/:id/activate': open,
  'POST /agents/:id/confirm': own('administrator', 'owner'),
  'POST /agents/:id/rotate-key': own('administrator', 'owner', 'agent'),
  'POST /agents/:id/suspend': own('administrator', 'owner'),
  'POST /agents/:id/resume': own('administrator', 'owner'),
  'POST /agents/:id/retire': own('administrator', 'owner'),
  'PUT /agents/:id/roles': own('administrator', 'owner', 'provisioner'),
  'POST /agents/:id/hand-over': own('administrator', 'owner', 'provisioner'),
  'GET /agents/:id/hand-over': own('administrator', 'owner', 'auditor'),
  'POST /agents/:id/hand-over/accept': own('owner'),
  'POST /agents/:id/hand-over/decline': own('owner'),
  'POST /agents/:id/hand-over/withdraw': own('administrator', 'owner'),
  'GET /hand-overs': own('administrator', 'owner', 'auditor'),
  'POST /agents/:id/credentials': all('administrator', 'issuer'),
  'POST /agents/:id/presentations': own('administrator', 'owner', 'agent'),

  'GET /entitlements': all('administrator', 'owner', 'issuer', 'auditor', 'approver', 'agent'),
  'PUT /entitlements/:name': all('administrator'),
  'DELETE /entitlements/:name': all('administrator'),
  'GET /approval-rules': all('administrator', 'owner', 'issuer', 'auditor', 'approver'),
  'PUT /approval-rules/:name': all('administrator'),
  'DELETE /approval-rules/:name': all('administrator'),
  'GET /separation-rules': all('administrator', 'issuer', 'auditor', 'approver'),
  'PUT /separation-rules/:name': all('administrator'),
  'DELETE /separation-rules/:name': all('administrator'),
  'GET /separation-rules/:name/violations': all('administrator', 'auditor'),
  'GET /segments': all('administrator', 'owner', 'issuer', 'auditor'),
  'PUT /segments/:name': all('administrator'),
  'DELETE /segments/:name': all('administrator'),
  'GET /doors': all('administrator', 'owner', 'issuer', 'auditor'),
  'PUT /doors/:name': all('administrator'),
  'DELETE /doors/:name': all('administrator'),
  'POST /segments/:name/close': own('administrator', 'owner'),
  'POST /segments/:name/reopen': own('administrator', 'owner'),
  'GET /closed-segments': all('administrator', 'owner', 'issuer', 'auditor'),
  'POST /reviews': all('administrator'),
  'GET /reviews': all('administrator', 'auditor', 'approver'),
  'GET /reviews/:id': all('administrator', 'auditor', 'approver'),
  'GET /reviews/:id/items': all('administrator', 'auditor', 'approver'),
  'GET /reviews/:id/items/:item': all('administrator', 'auditor', 'approver'),
  'POST /reviews/:id/items/:item': all('approver'),
  'GET /posture': all('administrator', 'auditor'),
  'GET /agents/:id/usage': own('administrator', 'owner', 'auditor', 'agent'),
  'GET /agents/:id/retirement': own('administrator', 'owner', 'auditor'),
  'POST /requests': own('owner', 'agent'),
  'GET /requests': own('administrator', 'owner', 'auditor', 'approver', 'agent'),
  'GET /requests/:id': own('administrator', 'owner', 'auditor', 'approver', 'agent'),
  'PUT /requests/:id': own('owner', 'agent'),
  'POST /requests/:id/approve': own('approver'),
  'POST /requests/:id/refuse': own('approver'),
  'POST /requests/:id/withdraw': own('owner', 'agent'),
  'POST /requests/:id/review': own('approver'),

  'POST /tasks': all('administrator', 'issuer'),
  'GET /tasks': all('administrator', 'issuer', 'auditor'),
  'GET /tasks/:id': own('administrator', 'issuer', 'auditor', 'agent'),
  'POST /tasks/:id/end': own('administrator', 'issuer', 'agent'),

  'GET /credentials': own('administrator', 'owner', 'issuer', 'auditor', 'agent'),
  'GET /credentials/:id': own('administrator', 'owner', 'issuer', 'auditor', 'agent'),
  'GET /credentials/:id/status': verifyOwn('administrator', 'owner', 'issuer', 'auditor', 'agent'),
  'POST /credentials/status': verify('administrator', 'issuer'),
  'POST /credentials/:id/suspend': own('administrator', 'owner', 'issuer'),
  'POST /credentials/:id/resume': all('administrator', 'issuer'),
  'POST /credentials/:id/message': all('administrator', 'issuer'),
  'POST /credentials/:id/revoke': own('administrator', 'owner', 'issuer', 'agent'),

  'POST /challenges': verify('verifier', 'agent'),
  'POST /credentials/verify': verify('administrator', 'issuer', 'verifier', 'agent'),
  'POST /credentials/derive': all('administrator', 'owner', 'issuer', 'verifier', 'agent'),
  'POST /credentials/verify/batch': verify('administrator', 'issuer', 'verifier', 'agent'),
  'POST /presentations/verify': verify('administrator', 'issuer', 'verifier', 'agent'),
  'POST /presentations/verify/batch': verify('administrator', 'issuer', 'verifier', 'agent'),
  'POST /decisions': verify('verifier', 'agent'),

  'POST /delegations': own('agent'),
  'POST /sessions': verify('verifier', 'agent'),
  'POST /sessions/:id/end': verifyOwn('verifier', 'agent'),
  'POST /sessions/:id/decisions': verifyOwn('verifier', 'agent'),
  'GET /.well-known/authzen-configuration': published,
  'POST /access/v1/evaluation': verify('verifier', 'agent'),
  'POST /access/v1/evaluations': verify('verifier', 'agent'),
  'POST /meters/reserve': verifyOwn('verifier', 'agent'),
  'POST /meters/commit': verifyOwn('verifier', 'agent'),
  'POST /meters/release': verifyOwn('verifier', 'agent'),

  'POST /overlays': own('administrator', 'verifier', 'agent'),
  'GET /overlays': all('administrator', 'auditor'),
  'POST /overlays/:id/end': own('administrator', 'verifier', 'agent'),
  'GET /policies': all('administrator', 'auditor'),
  'PUT /policies/:name': all('administrator'),
  'DELETE /policies/:name': all('administrator'),
  'POST /policies/trial': all('administrator', 'auditor'),

  'GET /scim/v2/ServiceProviderConfig': all('administrator', 'provisioner'),
  'GET /scim/v2/ResourceTypes': all('administrator', 'provisioner'),
  'GET /scim/v2/Schemas': all('administrator', 'provisioner'),
  'GET /scim/v2/Users': all('administrator', 'provisioner'),
  'POST /scim/v2/Users': all('administrator', 'provisioner'),
  'GET /scim/v2/Users/:id': all('administrator', 'provisioner'),
  'PUT /scim/v2/Users/:id': all('administrator', 'provisioner'),
  'PATCH /scim/v2/Users/:id': all('administrator', 'provisioner'),
  'DELETE /scim/v2/Users/:id': all('administrator', 'provisioner'),
  'GET /scim/v2/Agents': all('administrator', 'provisioner'),
  'POST /scim/v2/Agents': all('administrator', 'provisioner'),
  'GET /scim/v2/Agents/:id': all('administrator', 'provisioner'),
  'PUT /scim/v2/Agents/:id': all('administrator', 'provisioner'),
  'PATCH /scim/v2/Agents/:id': all('administrator', 'provisioner'),
  'DELETE /scim/v2/Agents/:id': all('administrator', 'provisioner'),

  'GET /audit': all('administrator', 'auditor'),
  'GET /audit/checkpoint': published,
  'GET /audit/streams/:name': all('administrator', 'auditor'),
  'POST /audit/streams/:name': all('administrator', 'auditor'),
  'DELETE /audit/streams/:name': all('administrator', 'auditor'),
  'GET /audit/consistency-proof': published,
  'GET /audit/inclusion-proof': all('administrator', 'auditor'),
  'GET /decisions/:id/proof': verifyOwn('administrator', 'auditor', 'verifier', 'agent'),
} as const satisfies Record<string, Access>

export type RouteKey = keyof typeof access
