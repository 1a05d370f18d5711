import type { LocalRules } from './local-rules.ts'

/** Rules of a verifier that has only the presentation. Explicit, so that none is forgotten. */
export const noLocalRules: LocalRules = {
  meterAuthority: undefined,
  metersSince: 0,
  overlays: () => [],
  policies: () => undefined,
  agents: (dids) => dids.map(() => undefined),
  crossing: () => undefined,
  limits: () => undefined,
  separation: () => undefined,
}
