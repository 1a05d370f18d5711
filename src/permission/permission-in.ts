import { type ParsedCredential, taskPermissionType } from '../credential/credential.ts'
import { isDid } from '../did/syntax.ts'
import { isArray, isObject, isStrings } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Seconds } from '../foundation/time.ts'
import { isMeter } from './constraints/meters.ts'
import { parsePermission } from './parse-permission.ts'
import type { Permission } from './permission.ts'

const readPermissions = new WeakMap<ParsedCredential, Permission | Refusal>()

/** The permission in a credential, parsed once for as long as the credential is remembered. */
export function permissionIn(credential: ParsedCredential): Permission | Refusal {
  const known = readPermissions.get(credential)
  if (known) return known
  const read = readPermission(credential)
  readPermissions.set(credential, read)
  return read
}

function readPermission(credential: ParsedCredential): Permission | Refusal {
  const [subject, ...others] = credential.subjects
  if (!credential.types.includes(taskPermissionType) || !subject)
    return refuse('permission_missing')
  if (
    others.length > 0 ||
    Object.keys(subject).some((member) => member !== 'id' && member !== 'permission')
  )
    return refuse('permission_malformed', 'credentialSubject must have exactly id and permission')
  // Nobody may redefine the terms of a permission.
  const contexts = credential.document['@context']
  if (isArray(contexts) && !isStrings(contexts))
    return refuse('permission_malformed', 'a permission has no embedded context')
  if (!isDid(subject.id)) return refuse('permission_malformed', 'the subject must be a DID')
  if (credential.validFrom === undefined || credential.validUntil === undefined)
    return refuse('permission_malformed', 'a permission needs validFrom and validUntil')
  if (credential.id === undefined) return refuse('permission_malformed', 'a permission needs an id')
  return parsePermission(subject.permission)
}

/**
 * A delegated permission with at most this lifetime needs no status entry: permission-model.md,
 * 2.8.
 */
export const maxUnlistedLifetime: Seconds = 900

/** A permission must be revocable, unless it is delegated and short. */
export function flawOfRevocability(
  credential: ParsedCredential,
  permission: Permission,
  statusPurposes: readonly string[],
): Refusal | undefined {
  if (statusPurposes.includes('revocation')) return undefined
  return permission.parent && isShort(credential) ? undefined : refuse('status_missing')
}

/** Whether it ends so soon that it need not be revocable. */
export const isShort = ({ validFrom, validUntil }: ParsedCredential): boolean =>
  validUntil! - validFrom! <= maxUnlistedLifetime * 1000

/** Whether it claims to narrow another permission, well formed or not. */
export const isDelegated = ({ subjects }: ParsedCredential): boolean => {
  const permission = subjects[0]?.permission
  return isObject(permission) && 'parent' in permission
}

export const isMetered = (credential: ParsedCredential): boolean => {
  const permission = permissionIn(credential)
  return (
    !isRefusal(permission) &&
    permission.grants.some(({ constraints }) => constraints.some(({ type }) => isMeter(type)))
  )
}
