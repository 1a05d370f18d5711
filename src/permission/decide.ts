import { type Credential, taskPermissionType } from '../credential/credential.ts'
import type { Did } from '../did/syntax.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Seconds } from '../time.ts'
import type { Situation } from './invocation.ts'
import { matchGrant } from './match.ts'
import { parsePermission } from './parse-permission.ts'
import type { Permission } from './permission.ts'

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
      readonly grant: string
      readonly credential: string
      /** Seconds since the status was known that this rests on. */
      readonly statusAge: Seconds
      readonly trace: readonly TraceLine[]
    }
  | {
      readonly decision: 'deny'
      readonly reason: Refusal['refused']
      readonly detail: string
      readonly statusAge: Seconds | null
      readonly trace: readonly TraceLine[]
    }

/**
 * Reads the permission of a credential that was accepted. A permission that could not be revoked,
 * or has no end, is none.
 */
export function permissionOf(
  credential: Credential,
  statusPurposes: readonly string[],
): Permission | Refusal {
  const [subject, ...others] = credential.subjects
  if (!credential.types.includes(taskPermissionType) || !subject)
    return refuse('permission_missing')
  if (
    others.length > 0 ||
    Object.keys(subject).some((member) => member !== 'id' && member !== 'permission')
  )
    return refuse('permission_malformed', 'credentialSubject must have exactly id and permission')
  if (credential.validFrom === undefined || credential.validUntil === undefined)
    return refuse('permission_malformed', 'a permission needs validFrom and validUntil')
  if (credential.id === undefined) return refuse('permission_malformed', 'a permission needs an id')
  if (!statusPurposes.includes('revocation')) return refuse('status_missing')
  let permission = readPermissions.get(credential)
  if (!permission) {
    permission = parsePermission(subject.permission)
    readPermissions.set(credential, permission)
  }
  return permission
}

/** Read once for as long as the credential is remembered. */
const readPermissions = new WeakMap<Credential, Permission | Refusal>()

/** Whether an accepted permission covers the invocation, for this audience. */
export function authorize(
  permission: Permission,
  audience: Did,
  situation: Situation,
): { readonly grant: string } | Refusal {
  if (!permission.audience.includes(audience)) return refuse('audience_mismatch')
  const grant = matchGrant(permission, situation)
  return isRefusal(grant) ? grant : { grant: grant.id }
}
