import type { Did } from '../did/syntax.ts'
import type { Id } from '../foundation/id.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Seconds } from '../foundation/time.ts'
import { type AcceptedLink, type Chain, chainOf } from './chain.ts'
import type { Situation } from './invocation.ts'
import { matchGrant } from './match.ts'
import type { Grant, Permission } from './permission.ts'
import { flawOfRevocability, permissionIn } from './permission-in.ts'
import type { Remedy } from './remedy.ts'

/** One check, in the order made: its name and outcome. */
export interface TraceLine {
  readonly check: string
  readonly outcome: 'passed' | Refusal['refused']
  readonly detail?: string | undefined
}

/** @see permission-model.md, 4 */
export type Decision =
  | {
      readonly decision: 'allow'
      /** Identifies the decision when its proof is requested; absent without a service. */
      readonly id?: Id | undefined
      readonly grant: string
      readonly credential: string
      /** Age in seconds of the oldest status result used. */
      readonly statusAge: Seconds
      /**
       * Reservation of what was counted, to be committed or released after the act; absent for a
       * grant without limits.
       */
      readonly reservation?: Id | undefined
      readonly trace: readonly TraceLine[]
    }
  | {
      readonly decision: 'deny'
      readonly id?: Id | undefined
      readonly reason: Refusal['refused']
      readonly detail: string
      readonly statusAge: Seconds | null
      /** How the agent could obtain what it lacks; absent if it could not. */
      readonly remedy?: Remedy | undefined
      readonly trace: readonly TraceLine[]
    }

/**
 * The authority that a chain of accepted credentials grants to the subject of the last one.
 *
 * @param statusPurposes of the root: a permission that cannot be revoked is not accepted.
 */
export function authorityOf(
  line: readonly AcceptedLink[],
  statusPurposes: readonly string[],
): Chain | Refusal {
  const chain = chainOf(line)
  if (isRefusal(chain)) return chain
  const root = line[0]!.credential
  const permission = permissionIn(root)
  if (isRefusal(permission)) return permission
  // A delegated permission presented without its parents is not a root.
  if (permission.parent) return refuse('parent_missing')
  return flawOfRevocability(root, permission, statusPurposes) ?? chain
}

/** The grant by which an accepted permission covers the invocation for this audience. */
export function authorize(
  permission: Permission,
  audience: Did,
  situation: Situation,
): Grant | Refusal {
  if (!permission.audience.includes(audience)) return refuse('audience_mismatch')
  return matchGrant(permission, situation)
}
