import { type Reason, type Refusal, refuse } from '../foundation/refusal.ts'
import { grantTypes } from './grant-type.ts'
import type { Situation } from './invocation.ts'
import { covers } from './location.ts'
import type { Grant, Permission } from './permission.ts'

/** How far a grant matched before it refused. The furthest explains the denial best. */
interface Miss {
  readonly reason: Reason
  readonly step: number
}

/**
 * The grant that covers an invocation, or why none does. A single grant must cover it; grants do
 * not add up.
 *
 * @see permission-model.md, 2.2
 */
export function matchGrant(permission: Permission, situation: Situation): Grant | Refusal {
  if (situation.invocation.purpose !== permission.task.purpose) return refuse('purpose_mismatch')
  return matchAny(permission.grants, situation)
}

/** The first grant that covers the invocation, or how far the nearest one matched. */
export function matchAny(grants: readonly Grant[], situation: Situation): Grant | Refusal {
  let nearest: Miss = { reason: 'resource_not_granted', step: 0 }
  for (const grant of grants) {
    const miss = missOf(grant, situation)
    if (!miss) return grant
    if (miss.step > nearest.step) nearest = miss
  }
  return refuse(
    nearest.step === 0 && !isLocation(situation.invocation.resource)
      ? 'resource_malformed'
      : nearest.reason,
  )
}

/** Whether any grant type has such a location. */
const isLocation = (resource: string): boolean =>
  Object.values(grantTypes).some(({ normalizeAsked }) => normalizeAsked(resource) !== undefined)

function missOf(grant: Grant, situation: Situation): Miss | undefined {
  const { action, resource, datatypes } = situation.invocation
  const location = grantTypes[grant.type].normalizeAsked(resource)
  if (location === undefined || !grant.locations.some((granted) => covers(granted, location)))
    return { reason: 'resource_not_granted', step: 0 }
  if (!grant.actions.includes(action)) return { reason: 'action_not_granted', step: 1 }
  if (grant.datatypes && !isCovered(grant.datatypes, datatypes))
    return { reason: 'datatype_not_granted', step: 2 }
  for (const [i, constraint] of grant.constraints.entries()) {
    const reason = constraint.test(situation)
    if (reason) return { reason, step: 3 + i }
  }
  return undefined
}

/** A grant limited to data types does not cover a request that names none. */
const isCovered = (granted: readonly string[], asked: readonly string[] | undefined): boolean =>
  asked !== undefined && asked.length > 0 && asked.every((datatype) => granted.includes(datatype))
