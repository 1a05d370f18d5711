import type { RouteKey } from './access.ts'

/**
 * Groups of routes with a rate limit of their own, so that a flood of one group does not affect the
 * others.
 */
export type Lane = 'verify' | 'published' | 'health' | 'other'

/** Published documents that all verifiers rely on, and health checks, are open to everyone. */
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
