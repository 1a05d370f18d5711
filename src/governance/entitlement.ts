import type { Did } from '../did/syntax.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { Seconds } from '../foundation/time.ts'
import { flawOfGrant } from '../permission/attenuate.ts'
import { isSubset } from '../permission/constraints/constraint.ts'
import { parseGrants } from '../permission/parse-permission.ts'
import type { Grant } from '../permission/permission.ts'
import type { InForce } from './document.ts'

/**
 * What a role of the organization may have for tasks of certain purposes: the map from who somebody
 * is, and what is to be done, to grants.
 */
export interface Entitlement {
  readonly roles: readonly string[]
  /** Of tasks, as `task.purpose` says it. */
  readonly purposes: readonly string[]
  readonly audience: readonly Did[]
  /** As a permission has them. */
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly maxLifetimeSeconds: Seconds
}

/** An entitlement with its grants read, for one agent: within its ceiling, if a review set one. */
export interface Entitled {
  readonly document: InForce<'entitlement'>
  /** As they are written into a permission. */
  readonly json: JsonArray
  readonly grants: readonly Grant[]
}

/** The most that one agent may have of one entitlement. */
export interface Ceiling {
  readonly entitlement: string
  readonly grants: JsonArray
}

/** What an agent of these roles may have for a task of this purpose: not what a review took whole. */
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
      const ceiling = ceilings.find(({ entitlement }) => entitlement === document.name)
      const json = ceiling?.grants ?? document.body.grants
      const grants = parseGrants(json)
      return { document, json, grants: isRefusal(grants) ? [] : grants }
    })
    // A ceiling outlives the version that it was cut from: it counts as far as the newest goes.
    .map(({ document, json, grants }) => {
      const outer = parseGrants(document.body.grants)
      const within = isRefusal(outer) ? [] : grants.filter((grant) => isCovered(grant, outer))
      const kept = new Set(within.map(({ id }) => id))
      return {
        document,
        json: json.filter((grant) => kept.has((grant as { id?: string }).id ?? '')),
        grants: within,
      }
    })
    .filter(({ grants }) => grants.length > 0)

/** Whether one of the outer grants covers the grant alone. */
export const isCovered = (grant: Grant, outer: readonly Grant[]): boolean =>
  outer.some((one) => flawOfGrant(grant, one) === undefined)

/** Whether an entitlement gives all of this. */
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
  (asked.delegation === undefined || isDelegationWithin(asked.delegation, body.delegation))

/** Fewer links than the entitlement gives, and otherwise the same terms. */
const isDelegationWithin = (asked: JsonObject, given: JsonObject | undefined): boolean =>
  given !== undefined &&
  Number(asked.remainingDepth) <= Number(given.remainingDepth) &&
  JSON.stringify(asked.allowedSubjects) === JSON.stringify(given.allowedSubjects) &&
  JSON.stringify(asked.nonDelegable) === JSON.stringify(given.nonDelegable)
