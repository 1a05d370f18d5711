import type { Did } from '../did/syntax.ts'
import type { Constraint } from './constraints/constraint.ts'
import type { DelegationTerms } from './delegation-terms.ts'
import type { GrantTypeName } from './grant-type.ts'
import type { NormalLocation } from './location.ts'

/**
 * A parsed task permission, ready to be matched: see permission-model.md. It is in normal form:
 * sets are sorted, without redundant items.
 */
export interface Permission {
  /** The credential that this one narrows; undefined for a root. */
  readonly parent: ParentLink | undefined
  readonly principal: { readonly id: Did; readonly owner?: string }
  readonly audience: readonly Did[]
  readonly task: Task
  readonly grants: readonly Grant[]
  /** Absent: it may not be delegated. */
  readonly delegation: DelegationTerms | undefined
}

export interface ParentLink {
  readonly id: string
  /** See credential/digest.ts. */
  readonly digest: string
  /** A compact JWS: see entry-reservation.ts. */
  readonly reservation: string | undefined
}

export interface Task {
  readonly id: string
  readonly purpose: string
  readonly host: Did | undefined
  /** Outcomes of the task that end the permission, as stated. It ends with the task in any case. */
  readonly endsOn: readonly string[]
}

export interface Grant {
  readonly id: string
  /** In a delegated permission, the parent grant that this one narrows. */
  readonly from: string | undefined
  readonly type: GrantTypeName
  readonly locations: readonly NormalLocation[]
  readonly actions: readonly string[]
  /** Undefined if the grant does not limit data types. */
  readonly datatypes: readonly string[] | undefined
  readonly constraints: readonly Constraint[]
}

/** How a task may end. The permission ends with the task in any case. */
export const taskOutcomes = ['completed', 'failed', 'canceled', 'rejected'] as const
export type TaskOutcome = (typeof taskOutcomes)[number]

export const permissionVersion = 1
