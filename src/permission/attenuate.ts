import type { Did } from '../did/syntax.ts'
import { type Reason, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import { isSubset } from './constraints/constraint.ts'
import { admits, areTermsWithin } from './delegation-terms.ts'
import { covers } from './location.ts'
import type { Grant, Permission } from './permission.ts'

/** A permission with its issuer, subject and validity period. */
export interface Link {
  readonly permission: Permission
  readonly issuer: Did
  readonly subject: Did
  readonly validFrom: Milliseconds
  readonly validUntil: Milliseconds
}

interface Axis {
  readonly reason: Reason
  readonly holds: (child: Link, parent: Link) => boolean
}

interface GrantAxis {
  readonly reason: Reason
  readonly holds: (child: Grant, parent: Grant) => boolean
}

/**
 * The axes on which a child must be within its parent, in the order in which they are compared.
 * Grants are compared between `audience` and `time`, each with the one that it names in `from`.
 *
 * @see permission-model.md, 3
 */
const before: readonly Axis[] = [
  {
    reason: 'signer_not_parent_subject',
    holds: (child, parent) => child.issuer === parent.subject,
  },
  {
    reason: 'principal_changed',
    holds: ({ permission: child }, { permission: parent }) =>
      child.principal.id === parent.principal.id &&
      child.principal.owner === parent.principal.owner,
  },
  {
    reason: 'task_changed',
    holds: ({ permission: child }, { permission: parent }) => isSameTask(child, parent),
  },
  {
    reason: 'audience_widened',
    holds: ({ permission: child }, { permission: parent }) =>
      isSubset(child.audience, parent.audience),
  },
]

const ofGrants: readonly GrantAxis[] = [
  { reason: 'grant_type_changed', holds: (child, parent) => child.type === parent.type },
  {
    reason: 'locations_widened',
    holds: (child, parent) =>
      child.locations.every((location) =>
        parent.locations.some((outer) => covers(outer, location)),
      ),
  },
  {
    reason: 'actions_widened',
    holds: (child, parent) => isSubset(child.actions, parent.actions),
  },
  {
    reason: 'datatypes_widened',
    holds: (child, parent) =>
      parent.datatypes === undefined ||
      (child.datatypes !== undefined && isSubset(child.datatypes, parent.datatypes)),
  },
  {
    reason: 'constraint_dropped',
    holds: (child, parent) =>
      parent.constraints.every(({ type }) => child.constraints.some((own) => own.type === type)),
  },
  {
    reason: 'constraint_widened',
    holds: (child, parent) =>
      parent.constraints.every((outer) =>
        child.constraints.some((own) => own.type === outer.type && own.isWithin(outer)),
      ),
  },
]

const isDelegable = (child: Grant, outer: Grant, { permission }: Link): boolean => {
  const kept = permission.delegation?.nonDelegable.get(outer.id) ?? []
  return !child.actions.some((action) => kept.includes(action))
}

const after: readonly Axis[] = [
  {
    reason: 'time_widened',
    holds: (child, parent) =>
      parent.validFrom <= child.validFrom && child.validUntil <= parent.validUntil,
  },
  { reason: 'delegation_not_allowed', holds: (_, { permission }) => !!permission.delegation },
  {
    reason: 'delegation_too_deep',
    holds: ({ permission: child }, { permission: parent }) =>
      // A child without delegation terms allows no further links; it counts as one link itself.
      (child.delegation?.remainingDepth ?? 0) < parent.delegation!.remainingDepth,
  },
  {
    reason: 'subject_not_allowed',
    holds: ({ subject }, { permission }) => admits(permission.delegation!.allowedSubjects, subject),
  },
  {
    reason: 'delegation_widened',
    holds: ({ permission: child }, { permission: parent }) =>
      child.delegation === undefined ||
      areTermsWithin(child.delegation, parent.delegation!, child.grants),
  },
]

/**
 * Compares a child with its parent on every axis; a refusal names the axis that the child widens.
 * Pure: signatures, status and the parent's digest are checked elsewhere.
 */
export function attenuate(child: Link, parent: Link): Refusal | undefined {
  return (
    flawOf(before, child, parent) ?? flawOfGrants(child, parent) ?? flawOf(after, child, parent)
  )
}

function flawOf(axes: readonly Axis[], child: Link, parent: Link): Refusal | undefined {
  const widened = axes.find(({ holds }) => !holds(child, parent))
  return widened && refuse(widened.reason)
}

function flawOfGrants(child: Link, parent: Link): Refusal | undefined {
  for (const grant of child.permission.grants) {
    const outer = parent.permission.grants.find(({ id }) => id === grant.from)
    if (!outer) return refuse('grant_unfounded')
    const widened = flawOfGrant(grant, outer)
    if (widened) return widened
    if (!isDelegable(grant, outer, parent)) return refuse('action_not_delegable')
  }
  return undefined
}

/**
 * Compares one grant with another on every axis of a grant; a refusal names the axis that is
 * widened.
 */
export function flawOfGrant(inner: Grant, outer: Grant): Refusal | undefined {
  const widened = ofGrants.find(({ holds }) => !holds(inner, outer))
  return widened && refuse(widened.reason)
}

const isSameTask = ({ task: child }: Permission, { task: parent }: Permission): boolean =>
  child.id === parent.id &&
  child.purpose === parent.purpose &&
  child.host === parent.host &&
  isSubset(child.endsOn, parent.endsOn) &&
  isSubset(parent.endsOn, child.endsOn)
