import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonArray } from '../../foundation/json.ts'
import { formatTime, type Seconds } from '../../foundation/time.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { type Overlay, overlayLifetime } from '../../permission/overlay.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'overlays'>

export interface OverlayRequest {
  readonly scope: Overlay['scope']
  readonly audience?: Did | undefined
  readonly grants: JsonArray
  readonly reason: string
  readonly lifetimeSeconds?: Seconds | undefined
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
  const { scope, grants, reason, lifetimeSeconds = overlayLifetime.default } = request
  const audience = request.audience ?? null
  const isSecurity = hasRole(caller, 'administrator')
  if (!isSecurity && (audience === null || !caller.audiences.includes(audience)))
    throw new ServiceError(
      'caller_forbidden',
      'a host may only narrow requests to itself: name its DID as audience',
    )
  grantsOf(grants) // Throws if they are not grants.
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
    writes: [needs.overlays.add(overlay)],
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
