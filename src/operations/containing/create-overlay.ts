import type { Deps } from '../../deps.ts'
import { type Did, isDid } from '../../did/syntax.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, isId, newId } from '../../foundation/id.ts'
import type { JsonArray } from '../../foundation/json.ts'
import { slugPattern } from '../../foundation/slug.ts'
import { formatTime, type Seconds } from '../../foundation/time.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { type Overlay, overlayBounds, overlayLifetime } from '../../permission/overlay.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'overlays' | 'tasks' | 'agents' | 'settings'>

export interface OverlayRequest {
  readonly scope: Overlay['scope']
  readonly audience?: Did | undefined
  readonly grants: JsonArray
  readonly reason: string
  readonly lifetimeSeconds?: Seconds | undefined
}

/**
 * What is narrowed, in the form in which credentials name it, so that the overlay applies to them.
 *
 * @throws ServiceError `request_unprocessable` for a value that no credential can name, or that
 *   names something of this service which does not exist.
 */
async function scopeOf(
  { tasks, agents, settings }: Needs,
  { kind, value }: Overlay['scope'],
): Promise<Overlay['scope']> {
  const wrong = (what: string) => new ServiceError('request_unprocessable', `scope: ${what}`)
  switch (kind) {
    case 'task': {
      if (isId(value)) {
        const task = await tasks.find(value)
        if (task) return { kind, value: `urn:uuid:${task.id}` }
        throw wrong('this service has no task with this id')
      }
      if (!URL.canParse(value)) throw wrong('a task is named by the UUID of ours, or by a URI')
      return { kind, value }
    }
    case 'segment':
      if (!slugPattern.test(value)) throw wrong('a segment is named by its name, such as finance')
      return { kind, value }
    case 'agent':
    case 'issuer': {
      if (!isDid(value)) throw wrong(`an ${kind} is named by its DID`)
      if (kind === 'agent' && value.startsWith(`${settings.ownDid}:`)) {
        const [found] = await agents.findByDids([value])
        if (!found) throw wrong('this service has no agent with this DID')
      }
      return { kind, value }
    }
  }
}

/**
 * Narrows an agent, a task, a segment or an issuer's credentials, at once and for a limited time.
 * Administrators narrow for everyone; a host narrows requests to itself.
 */
export async function createOverlay(
  needs: Needs,
  caller: Caller,
  request: OverlayRequest,
): Promise<Change<Overlay>> {
  const { grants, reason, lifetimeSeconds = overlayLifetime.default } = request
  const audience = request.audience ?? null
  const isSecurity = hasRole(caller, 'administrator')
  if (!isSecurity && (audience === null || !caller.audiences.includes(audience)))
    throw new ServiceError(
      'caller_forbidden',
      'a host may only narrow requests to itself: name its DID as audience',
    )
  if (JSON.stringify(grants).length > overlayBounds.characters)
    throw new ServiceError(
      'request_unprocessable',
      `grants: more than ${overlayBounds.characters} characters of JSON`,
    )
  grantsOf(grants) // Throws if they are not grants.
  const scope = await scopeOf(needs, request.scope)
  const now = needs.clock()
  const overlay: Overlay = {
    id: newId(now, needs.crypto.randomBytes),
    scope,
    audience,
    grants,
    reason,
    createdBy: caller.actor,
    createdAt: now,
    endsAt: now + lifetimeSeconds * 1000,
    endedAt: null,
  }
  const facts = {
    overlay: overlay.id,
    scope: `${scope.kind} ${scope.value}`,
    audience,
    endsAt: formatTime(overlay.endsAt),
    reason,
  }
  return {
    writes: needs.overlays.add(
      overlay,
      isSecurity ? overlayBounds.ofAdministrator : overlayBounds.ofHost,
    ),
    events: [{ type: 'overlay.created', actor: caller.actor, facts }],
    answer: overlay,
  }
}

/** Ends an overlay early. Its creator and administrators may do so. */
export async function endOverlay(needs: Needs, caller: Caller, id: Id): Promise<Change<Overlay>> {
  const overlay = await needs.overlays.find(id)
  if (!overlay || !(hasRole(caller, 'administrator') || overlay.createdBy === caller.actor))
    throw new ServiceError('not_found', 'there is no such overlay')
  const now = needs.clock()
  return {
    writes: needs.overlays.end(id, now),
    events: [{ type: 'overlay.ended', actor: caller.actor, facts: { overlay: id } }],
    answer: { ...overlay, endedAt: now },
  }
}
