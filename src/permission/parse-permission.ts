import { type Did, isDid } from '../did/syntax.ts'
import {
  isArray,
  isObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import {
  asSet,
  type Constraint,
  isLimit,
  isNonEmptyStrings,
  isSubset,
} from './constraints/constraint.ts'
import { constraintTypes } from './constraints/table.ts'
import { type DelegationTerms, isSubjectPattern, maxDepth } from './delegation-terms.ts'
import { type GrantType, grantTypes, isGrantType } from './grant-type.ts'
import { covers, type NormalLocation } from './location.ts'
import {
  type Grant,
  type ParentLink,
  type Permission,
  permissionVersion,
  taskOutcomes,
} from './permission.ts'

const maxGrants = 32
const maxItems = 64
/** Length of a compact JWS. */
const maxReservation = 4096

/** A problem found while parsing; thrown within this file only. */
class Flaw extends Error {}
const flaw = (detail: string): never => {
  throw new Flaw(detail)
}

/**
 * Parses the `credentialSubject.permission` of a task-permission credential. Unknown members,
 * missing required members, and empty lists that would grant nothing refuse the whole permission.
 *
 * @see permission-model.md, 1 and 2.1
 */
export function parsePermission(value: JsonValue | undefined): Permission | Refusal {
  if (!isObject(value)) return refuse('permission_missing')
  return orRefusal(() => read(value))
}

/** Parses grants alone, as in an overlay. An empty list grants nothing. */
export const parseGrants = (value: JsonArray): readonly Grant[] | Refusal =>
  orRefusal(() => (value.length === 0 ? [] : readGrants(value)))

/** Parses delegation terms alone, as in an entitlement. */
export const parseDelegation = (value: JsonObject): Permission['delegation'] | Refusal =>
  orRefusal(() => readDelegation(value))

function orRefusal<T>(run: () => T): T | Refusal {
  try {
    return run()
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
    ['parent', 'delegation', 'approval'],
  )
  if (version !== permissionVersion) flaw('the version of the permission is not 1')
  if (
    !isArray(audience) ||
    audience.length === 0 ||
    audience.length > maxItems ||
    !audience.every(isDid)
  )
    return flaw('audience must be a non-empty list of DIDs')
  const parent = readParent(json.parent)
  if (parent && json.approval !== undefined) flaw('only a root permission has an approval')
  checkApproval(json.approval)
  const read = readGrants(grants)
  if (read.some(({ from }) => (from === undefined) !== (parent === undefined)))
    flaw('each grant of a delegated permission, and no other, names its parent grant in from')
  return {
    parent,
    principal: readPrincipal(principal),
    audience: asSet(audience) as readonly Did[],
    task: readTask(task),
    grants: read,
    delegation: readDelegation(json.delegation),
  }
}

function readGrants(value: JsonValue | undefined): readonly Grant[] {
  if (!isArray(value) || value.length === 0 || value.length > maxGrants)
    return flaw(`grants must be a list of 1 to ${maxGrants}`)
  const grants = value.map(readGrant)
  if (new Set(grants.map(({ id }) => id)).size !== grants.length)
    flaw('two grants have the same id')
  return grants
}

function readParent(value: JsonValue | undefined): ParentLink | undefined {
  if (value === undefined) return undefined
  const { id, digest, reservation } = closed(value, 'parent', ['id', 'digest'], ['reservation'])
  return {
    id: text(id, 'parent.id'),
    digest: text(digest, 'parent.digest'),
    reservation:
      reservation === undefined
        ? undefined
        : text(reservation, 'parent.reservation', maxReservation),
  }
}

/** The object, if it has all required members and no unknown ones. */
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
    flaw(`${name} has an unknown member`)
  return value
}

const text = (value: JsonValue | undefined, name: string, most = 256): string =>
  typeof value === 'string' && value !== '' && value.length <= most
    ? value
    : flaw(`${name} must be a string of 1 to ${most} characters`)

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
  const ends = endsOn === undefined ? [] : asSet(strings(endsOn, 'task.endsOn'))
  if (!isSubset(ends, taskOutcomes)) flaw('task.endsOn names an unknown outcome')
  if (host !== undefined && !isDid(host)) return flaw('task.host must be a DID')
  return { id: text(id, 'task.id'), purpose: text(purpose, 'task.purpose'), host, endsOn: ends }
}

function readGrant(value: JsonValue): Grant {
  const json = closed(
    value,
    'grant',
    ['id', 'type', 'locations', 'actions'],
    ['from', 'datatypes', 'constraints'],
  )
  const { type } = json
  if (!isGrantType(type)) return flaw('a grant has an unknown type')
  const { normalize, isAction }: GrantType = grantTypes[type]
  const locations = strings(json.locations, 'locations').map(
    (location) =>
      (location.includes('?') ? undefined : normalize(location)) ??
      flaw(`a location is malformed for ${type}`),
  )
  const actions = strings(json.actions, 'actions')
  if (!actions.every(isAction)) flaw(`an action is not valid for ${type}`)
  return {
    id: text(json.id, 'grant.id'),
    from: json.from === undefined ? undefined : text(json.from, 'grant.from'),
    type,
    locations: withoutCovered(asSet(locations)),
    actions: asSet(actions),
    datatypes:
      json.datatypes === undefined ? undefined : asSet(strings(json.datatypes, 'datatypes')),
    constraints: readConstraints(json.constraints),
  }
}

/** A location below another one is redundant. */
const withoutCovered = (locations: readonly NormalLocation[]): readonly NormalLocation[] =>
  locations.filter((location) =>
    locations.every((other) => other === location || !covers(other, location)),
  )

function readConstraints(value: JsonValue | undefined): readonly Constraint[] {
  if (value === undefined) return []
  if (!isArray(value)) return flaw('constraints must be a list')
  const seen = new Set<string>()
  return value.map((json) => {
    const { type } = isObject(json) ? json : {}
    if (typeof type !== 'string' || !Object.hasOwn(constraintTypes, type))
      return flaw('a constraint has an unknown type')
    if (seen.has(type)) flaw(`a grant has at most one constraint of type ${type}`)
    seen.add(type)
    return constraintTypes[type]!(json as JsonObject) ?? flaw(`the constraint ${type} is malformed`)
  })
}

/**
 * Terms of delegation as a request states them.
 *
 * @throws ServiceError `permission_invalid`
 */
export function readDelegation(value: JsonValue | undefined): DelegationTerms | undefined {
  if (value === undefined) return undefined
  const json = closed(value, 'delegation', ['remainingDepth'], ['allowedSubjects', 'nonDelegable'])
  const { remainingDepth, allowedSubjects, nonDelegable = [] } = json
  if (!isLimit(remainingDepth) || remainingDepth > maxDepth)
    return flaw(`delegation.remainingDepth must be 0 to ${maxDepth}`)
  if (!isArray(nonDelegable) || nonDelegable.length > maxGrants)
    return flaw(`delegation.nonDelegable must be a list of at most ${maxGrants}`)
  const kept = new Map<string, readonly string[]>()
  for (const item of nonDelegable) {
    const { grant, actions } = closed(item, 'nonDelegable', ['grant', 'actions'])
    const id = text(grant, 'nonDelegable.grant')
    const named = strings(actions, 'nonDelegable.actions')
    kept.set(id, asSet([...(kept.get(id) ?? []), ...named]))
  }
  return { remainingDepth, allowedSubjects: readSubjects(allowedSubjects), nonDelegable: kept }
}

function readSubjects(value: JsonValue | undefined): DelegationTerms['allowedSubjects'] {
  if (value === undefined) return undefined
  const patterns = strings(value, 'delegation.allowedSubjects')
  if (!patterns.every(isSubjectPattern))
    return flaw('delegation.allowedSubjects must be DIDs, or did:web:*. and the rest of a host')
  return asSet(patterns)
}

function checkApproval(value: JsonValue | undefined): void {
  if (value === undefined) return
  const { policy, digest, evidence } = closed(value, 'approval', ['policy', 'digest'], ['evidence'])
  text(policy, 'approval.policy')
  text(digest, 'approval.digest')
  if (evidence !== undefined) strings(evidence, 'approval.evidence')
}
