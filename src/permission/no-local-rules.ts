import type { LocalRules } from './local-rules.ts'

/** For a verifier that has nothing but what it is presented. Said, and not left out. */
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
