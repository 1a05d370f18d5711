import type { Did } from '../did/syntax.ts'
import type { Id } from '../foundation/id.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Seconds } from '../foundation/time.ts'
import { type Chain, chainOf, type PresentedLink } from './chain.ts'
import type { Situation } from './invocation.ts'
import { matchGrant } from './match.ts'
import type { Grant, Permission } from './permission.ts'
import { flawOfRevocability, permissionIn } from './permission-in.ts'
import type { Remedy } from './remedy.ts'

/** One check, in the order made: what it was about, and how it went. */
export interface TraceLine {
  readonly check: string
  readonly outcome: 'passed' | Refusal['refused']
  readonly detail?: string
}

/** @see permission-model.md, 4 */
export type Decision =
  | {
      readonly decision: 'allow'
      /** By which the service gives proof of it; absent where there is no service. */
      readonly id?: Id
      readonly grant: string
      readonly credential: string
      /** Seconds since the status was known that this rests on. */
      readonly statusAge: Seconds
      /** What was counted, to be committed or released once the act is over; absent for a grant without limits. */
      readonly reservation?: Id
      readonly trace: readonly TraceLine[]
    }
  | {
      readonly decision: 'deny'
      readonly id?: Id
      readonly reason: Refusal['refused']
      readonly detail: string
      readonly statusAge: Seconds | null
      /** How the agent could come by what it lacks; absent where it could not. */
      readonly remedy?: Remedy
      readonly trace: readonly TraceLine[]
    }

/**
 * What a line of accepted credentials grants to the subject of its last.
 *
 * @param statusPurposes of the root: a permission that could not be revoked is none.
 */
export function authorityOf(
  line: readonly PresentedLink[],
  statusPurposes: readonly string[],
): Chain | Refusal {
  const chain = chainOf(line)
  if (isRefusal(chain)) return chain
  const root = line[0]!.credential
  const permission = permissionIn(root)
  if (isRefusal(permission)) return permission
  // A delegated permission shown without its parents is nobody's root.
  if (permission.parent) return refuse('parent_missing')
  return flawOfRevocability(root, permission, statusPurposes) ?? chain
}

/** The grant by which an accepted permission covers the invocation, for this audience. */
export function authorize(
  permission: Permission,
  audience: Did,
  situation: Situation,
): Grant | Refusal {
  if (!permission.audience.includes(audience)) return refuse('audience_mismatch')
  return matchGrant(permission, situation)
}
