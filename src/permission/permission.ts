import type { Did } from '../did/syntax.ts'
import type { Constraint } from './constraints/constraint.ts'
import type { GrantTypeName } from './grant-type.ts'
import type { NormalLocation } from './location.ts'

/** A task permission, read and ready to be matched: see permission-model.md. */
export interface Permission {
  readonly principal: { readonly id: Did; readonly owner?: string }
  readonly audience: readonly Did[]
  readonly task: Task
  readonly grants: readonly Grant[]
}

export interface Task {
  readonly id: string
  readonly purpose: string
  readonly host?: Did
}

export interface Grant {
  readonly id: string
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
