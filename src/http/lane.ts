import type { RouteKey } from './access.ts'

/** Routes whose requests are counted together: a flood in one lane keeps nobody out of another. */
export type Lane = 'verify' | 'published' | 'health' | 'other'

/** What verifiers everywhere rely on, and what load balancers ask, comes from whoever likes. */
const lanes: Partial<Record<RouteKey, Lane>> = {
  'GET /schemas/:name': 'published',
  'GET /status/:list': 'published',
  'GET /.well-known/did.json': 'published',
  'GET /issuers/:issuer/did.json': 'published',
  'GET /agents/:id/did.json': 'published',
  'GET /.well-known/authzen-configuration': 'published',
  'GET /audit/checkpoint': 'published',
  'GET /audit/consistency-proof': 'published',
  'GET /healthz': 'health',
  'GET /readyz': 'health',
}

export const laneOf = (key: RouteKey): Lane =>
  lanes[key] ??
  (/verify|decisions|challenges|status|access|sessions|meters/.test(key) ? 'verify' : 'other')
