import type { Attack } from './attack.ts'
import { clocks } from './clocks.ts'
import { delegation } from './delegation.ts'
import { keys } from './keys.ts'
import { policies } from './policies.ts'

/** Every attack, by the concept that it is on. */
export const attacks = {
  policies,
  delegation,
  keys,
  clocks,
} as const satisfies Record<string, readonly Attack[]>

export type Part = keyof typeof attacks
