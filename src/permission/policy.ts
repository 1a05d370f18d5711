import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Observed } from './invocation.ts'

/** One version of one document of local policy, in Cedar. */
export interface Policy {
  readonly id: Id
  readonly name: string
  /** 1, 2, … of this name. */
  readonly version: number
  /** Null if this version withdraws the policy. */
  readonly body: string | null
  readonly createdBy: string
  readonly createdAt: Milliseconds
}

export interface PolicyStore {
  list(
    filter: { readonly name?: string | undefined },
    page: PageRequest,
  ): Promise<readonly Policy[]>
  newest(name: string): Promise<Policy | undefined>
  /** The newest version of every policy that is not withdrawn. */
  inForce(): Promise<readonly Policy[]>
  /**
   * Fails the whole commit with `policies_name_version` if another writer stored this version
   * first.
   */
  add(policy: Policy): Write
}

/** What the directory knows of an agent. */
export interface AgentProfile {
  readonly isActive: boolean
  readonly owner: string
  readonly segment: string
  readonly riskTier: string
  readonly kind: string
}

/**
 * A request to local policy. It has no arguments or claims, so that it can be stored and evaluated
 * again.
 */
export interface PolicyRequest {
  readonly holder: Did
  readonly profile: AgentProfile | undefined
  readonly action: string
  readonly resource: string
  readonly grantType: string
  readonly purpose: string
  readonly audience: Did
  readonly task: string
  readonly chain: readonly Did[]
  readonly rootIssuer: Did
  readonly datatypes: readonly string[]
  readonly observed: Observed
  readonly now: Milliseconds
}

/** Ids of the deciding policies: `name` and the position in it, or its own `@id`. */
export type PolicyVerdict =
  | { readonly verdict: 'permitted'; readonly by: readonly string[] }
  | { readonly verdict: 'forbidden'; readonly by: readonly string[] }
  /** No policy permits it. */
  | { readonly verdict: 'unmentioned' }
  | { readonly verdict: 'failed'; readonly by: readonly string[] }

/** Policies in force, parsed once. */
export interface PolicySet {
  /** Names and versions, on one line. */
  readonly version: string
  readonly evaluate: (request: PolicyRequest) => PolicyVerdict
}

export interface PolicyEngine {
  /** Problems of a policy's text against the schema; empty if there are none. */
  validate(body: string): Promise<readonly string[]>
  compile(policies: readonly Policy[]): Promise<PolicySet>
}
