import type { Did } from '../did/syntax.ts'
import type { Constraint } from './constraints/constraint.ts'
import type { DelegationTerms } from './delegation-terms.ts'
import type { GrantTypeName } from './grant-type.ts'
import type { NormalLocation } from './location.ts'

/**
 * A task permission, read and ready to be matched: see permission-model.md. It is in normal form:
 * sets are sorted, and hold nothing that another item of theirs covers.
 */
export interface Permission {
  /** The credential that this one narrows; undefined for a root. */
  readonly parent: ParentLink | undefined
  readonly principal: { readonly id: Did; readonly owner?: string }
  readonly audience: readonly Did[]
  readonly task: Task
  readonly grants: readonly Grant[]
  /** Absent: nobody may be given part of it. */
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
  /** Empty where nothing is said of it. */
  readonly endsOn: readonly string[]
}

export interface Grant {
  readonly id: string
  /** In a delegated permission, the grant of the parent that this one narrows. */
  readonly from: string | undefined
  readonly type: GrantTypeName
  readonly locations: readonly NormalLocation[]
  readonly actions: readonly string[]
  readonly datatypes: readonly string[] | undefined
  readonly constraints: readonly Constraint[]
}

/** How a task may end. The permission ends with it, whichever it is. */
export const taskOutcomes = ['completed', 'failed', 'canceled', 'rejected'] as const
export type TaskOutcome = (typeof taskOutcomes)[number]

export const permissionVersion = 1
