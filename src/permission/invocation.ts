import type { JsonObject } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** What somebody asks to do: one action on one resource. */
export interface Invocation {
  readonly action: string
  readonly resource: string
  readonly purpose: string
  readonly datatypes?: readonly string[]
  readonly args?: JsonObject
  /** How much it is about: for grants that limit bytes or records. */
  readonly amounts?: { readonly bytes?: number; readonly records?: number }
}

/** What the verifier itself observed, or an attester it trusts: never what the agent says. */
export interface Observed {
  readonly sourceIp?: string
  readonly region?: string
  readonly environment?: string
  /** 0 (none) to 100. */
  readonly risk?: number
}

export interface Situation {
  readonly invocation: Invocation
  readonly observed: Observed
  readonly now: Milliseconds
}
