import type { JsonObject } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** The requested act: one action on one resource. */
export interface Invocation {
  readonly action: string
  readonly resource: string
  readonly purpose: string
  readonly datatypes?: readonly string[]
  readonly args?: JsonObject
  /** How much the act is about, for grants that limit bytes or records. */
  readonly amounts?: { readonly bytes?: number; readonly records?: number }
}

/** What the verifier itself, or an attester it trusts, observed; never what the agent claims. */
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
