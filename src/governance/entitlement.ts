import type { Did } from '../did/syntax.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import type { Seconds } from '../foundation/time.ts'
import { flawOfGrant } from '../permission/attenuate.ts'
import { isSubset } from '../permission/constraints/constraint.ts'
import { grantsOrNone } from '../permission/grants-of.ts'
import { readDelegation } from '../permission/parse-permission.ts'
import type { Grant } from '../permission/permission.ts'
import type { InForce } from './document.ts'

/** What a role gives for tasks of certain purposes. */
export interface Entitlement {
  readonly roles: readonly string[]
  /** Purposes of tasks, as in `task.purpose`. */
  readonly purposes: readonly string[]
  readonly audience: readonly Did[]
  /** The grants, as in a permission. */
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly maxLifetimeSeconds: Seconds
}

/** An entitlement with parsed grants for one agent, cut to its ceiling if a review set one. */
export interface Entitled {
  readonly document: InForce<'entitlement'>
  /** The grants as they are written into a permission. */
  readonly json: JsonArray
  readonly grants: readonly Grant[]
}

/** The most that one agent may have of one entitlement. */
export interface Ceiling {
  readonly entitlement: string
  readonly grants: JsonArray
}

/**
 * The entitlements that an agent of these roles has for a task of this purpose, without those that
 * a review took entirely.
 */
export const entitlementsFor = (
  documents: readonly InForce<'entitlement'>[],
  roles: readonly string[],
  purpose: string | undefined,
  ceilings: readonly Ceiling[],
): readonly Entitled[] =>
  documents
    .filter(
      ({ body }) =>
        body.roles.some((role) => roles.includes(role)) &&
        (purpose === undefined || body.purposes.includes(purpose)),
    )
    .map((document) => {
      const outer = grantsOrNone(document.body.grants)
      const ceiling = ceilings.find(({ entitlement }) => entitlement === document.name)
      if (!ceiling) return { document, json: document.body.grants, grants: outer }
      // A ceiling outlives the version of the entitlement that it was cut from, and still limits
      // newer versions.
      const grants = grantsOrNone(ceiling.grants).filter((grant) => isCovered(grant, outer))
      const kept = new Set(grants.map(({ id }) => id))
      const json = ceiling.grants.filter((grant) => kept.has((grant as { id?: string }).id ?? ''))
      return { document, json, grants }
    })
    .filter(({ grants }) => grants.length > 0)

/** Whether a single outer grant covers the grant. */
export const isCovered = (grant: Grant, outer: readonly Grant[]): boolean =>
  outer.some((one) => flawOfGrant(grant, one) === undefined)

/** Whether an entitlement covers all of this. */
export const isWithinEntitlement = (
  { document: { body }, grants: outer }: Entitled,
  asked: {
    readonly audience: readonly Did[]
    readonly grants: readonly Grant[]
    readonly delegation: JsonObject | undefined
    readonly lifetimeSeconds: Seconds
  },
): boolean =>
  asked.lifetimeSeconds <= body.maxLifetimeSeconds &&
  isSubset(asked.audience, body.audience) &&
  asked.grants.every((grant) => isCovered(grant, outer)) &&
  (asked.delegation === undefined ||
    isDelegationWithin(asked.delegation, body.delegation, asked.grants, outer))

/**
 * Fewer further links than the entitlement allows, and the same terms otherwise. What the
 * entitlement keeps from delegation, it keeps of every grant cut from it, whatever the grant's id.
 */
function isDelegationWithin(
  asked: JsonObject,
  given: JsonObject | undefined,
  grants: readonly Grant[],
  outer: readonly Grant[],
): boolean {
  const [own, bound] = [readDelegation(asked), readDelegation(given)]
  if (!own || !bound) return false
  const ids = new Set(grants.map(({ id }) => id))
  return (
    own.remainingDepth <= bound.remainingDepth &&
    JSON.stringify(asked.allowedSubjects) === JSON.stringify(given!.allowedSubjects) &&
    [...own.nonDelegable.keys()].every((id) => ids.has(id)) &&
    grants.every((grant) => {
      const kept = own.nonDelegable.get(grant.id) ?? []
      return outer.some(
        (one) =>
          flawOfGrant(grant, one) === undefined &&
          (bound.nonDelegable.get(one.id) ?? []).every(
            (action) => kept.includes(action) || !grant.actions.includes(action),
          ),
      )
    })
  )
}
