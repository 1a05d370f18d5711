import { isDid } from '../did/syntax.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../json.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { Constraint } from './constraints/constraint.ts'
import { isNonEmptyStrings } from './constraints/constraint.ts'
import { constraintTypes } from './constraints/table.ts'
import { type GrantType, grantTypes, isGrantType } from './grant-type.ts'
import { type Grant, type Permission, permissionVersion, taskOutcomes } from './permission.ts'

const maxGrants = 32
const maxItems = 64

/** A flaw found while reading: thrown inside this file only. */
class Flaw extends Error {}
const flaw = (detail: string): never => {
  throw new Flaw(detail)
}

/**
 * Reads the `credentialSubject.permission` of a task-permission credential. The world is closed:
 * whatever is unknown, absent where it is required, or empty where it would grant nothing, refuses
 * the whole.
 *
 * @see permission-model.md, 1 and 2.1
 */
export function parsePermission(value: JsonValue | undefined): Permission | Refusal {
  if (!isObject(value)) return refuse('permission_missing')
  if ('parent' in value) return refuse('delegation_unsupported')
  try {
    return read(value)
  } catch (error) {
    if (error instanceof Flaw) return refuse('permission_malformed', error.message)
    throw error
  }
}

function read(json: JsonObject): Permission {
  const { version, principal, audience, task, grants } = closed(
    json,
    'permission',
    ['version', 'principal', 'audience', 'task', 'grants'],
    ['delegation', 'approval'],
  )
  if (version !== permissionVersion) flaw('the version of the permission is not 1')
  if (
    !isArray(audience) ||
    audience.length === 0 ||
    audience.length > maxItems ||
    !audience.every(isDid)
  )
    return flaw('audience must be a list of DIDs, and not empty')
  if (!isArray(grants) || grants.length === 0 || grants.length > maxGrants)
    return flaw(`grants must be a list of 1 to ${maxGrants}`)
  checkDelegation(json.delegation)
  checkApproval(json.approval)
  const read = grants.map(readGrant)
  if (new Set(read.map(({ id }) => id)).size !== read.length) flaw('two grants have one id')
  return { principal: readPrincipal(principal), audience, task: readTask(task), grants: read }
}

/** The object, if it has all that is required and nothing that is unknown. */
function closed(
  value: JsonValue | undefined,
  name: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  if (!isObject(value)) return flaw(`${name} must be an object`)
  const missing = required.find((member) => !(member in value))
  if (missing) flaw(`${name}.${missing} is missing`)
  if (Object.keys(value).some((member) => !required.includes(member) && !optional.includes(member)))
    flaw(`${name} has a member that is not known`)
  return value
}

const text = (value: JsonValue | undefined, name: string): string =>
  typeof value === 'string' && value !== '' && value.length <= 256
    ? value
    : flaw(`${name} must be a string of 1 to 256 characters`)

function strings(value: JsonValue | undefined, name: string): readonly string[] {
  if (!isNonEmptyStrings(value) || value.length > maxItems)
    return flaw(`${name} must be a list of 1 to ${maxItems} strings`)
  return value
}

function readPrincipal(value: JsonValue | undefined): Permission['principal'] {
  const { id, owner } = closed(value, 'principal', ['id'], ['owner'])
  if (!isDid(id)) return flaw('principal.id must be a DID')
  return owner === undefined ? { id } : { id, owner: text(owner, 'principal.owner') }
}

function readTask(value: JsonValue | undefined): Permission['task'] {
  const { id, purpose, host, endsOn } = closed(value, 'task', ['id', 'purpose'], ['host', 'endsOn'])
  if (
    endsOn !== undefined &&
    !strings(endsOn, 'task.endsOn').every((end) =>
      (taskOutcomes as readonly string[]).includes(end),
    )
  )
    flaw('task.endsOn names an outcome that is not known')
  const task = { id: text(id, 'task.id'), purpose: text(purpose, 'task.purpose') }
  if (host === undefined) return task
  return isDid(host) ? { ...task, host } : flaw('task.host must be a DID')
}

function readGrant(value: JsonValue): Grant {
  const json = closed(
    value,
    'grant',
    ['id', 'type', 'locations', 'actions'],
    ['datatypes', 'constraints'],
  )
  const { type } = json
  if (!isGrantType(type)) return flaw('a grant is of a type that is not known')
  const { normalize, isAction }: GrantType = grantTypes[type]
  const locations = strings(json.locations, 'locations').map(
    (location) =>
      (location.includes('?') ? undefined : normalize(location)) ??
      flaw(`a location is malformed for ${type}`),
  )
  const actions = strings(json.actions, 'actions')
  if (!actions.every(isAction)) flaw(`an action is not one of ${type}`)
  return {
    id: text(json.id, 'grant.id'),
    type,
    locations,
    actions,
    datatypes: json.datatypes === undefined ? undefined : strings(json.datatypes, 'datatypes'),
    constraints: readConstraints(json.constraints),
  }
}

function readConstraints(value: JsonValue | undefined): readonly Constraint[] {
  if (value === undefined) return []
  if (!isArray(value)) return flaw('constraints must be a list')
  const seen = new Set<string>()
  return value.map((json) => {
    const { type } = isObject(json) ? json : {}
    if (typeof type !== 'string' || !Object.hasOwn(constraintTypes, type))
      return flaw('a constraint is of a type that is not known')
    if (seen.has(type)) flaw(`a grant has at most one constraint of type ${type}`)
    seen.add(type)
    return constraintTypes[type]!(json as JsonObject) ?? flaw(`the constraint ${type} is malformed`)
  })
}

function checkDelegation(value: JsonValue | undefined): void {
  if (value === undefined) return
  const json = closed(value, 'delegation', ['remainingDepth'], ['allowedSubjects', 'nonDelegable'])
  const depth = json.remainingDepth
  if (!Number.isSafeInteger(depth) || (depth as number) < 0 || (depth as number) > 8)
    flaw('delegation.remainingDepth must be 0 to 8')
  if (json.allowedSubjects !== undefined)
    strings(json.allowedSubjects, 'delegation.allowedSubjects')
  if (json.nonDelegable === undefined) return
  const kept = isArray(json.nonDelegable)
    ? json.nonDelegable
    : flaw('delegation.nonDelegable must be a list')
  for (const item of kept) {
    const { grant, actions } = closed(item, 'nonDelegable', ['grant', 'actions'])
    text(grant, 'nonDelegable.grant')
    strings(actions, 'nonDelegable.actions')
  }
}

function checkApproval(value: JsonValue | undefined): void {
  if (value === undefined) return
  const { policy, digest, evidence } = closed(value, 'approval', ['policy', 'digest'], ['evidence'])
  text(policy, 'approval.policy')
  text(digest, 'approval.digest')
  if (evidence !== undefined) strings(evidence, 'approval.evidence')
}
