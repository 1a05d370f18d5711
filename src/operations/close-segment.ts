import { type Caller, hasRole } from '../agent/caller.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Closure, reopeningLifetime } from '../governance/segment.ts'
import { areTwo } from './too-close.ts'

type Needs = Pick<
  Deps,
  'clock' | 'commit' | 'people' | 'documents' | 'closures' | 'governance' | 'status'
>

/** What a closed segment is to the credentials of its agents: those who verify by themselves see it too. */
const cause = 'segment'

/**
 * Closes a segment: nothing is allowed in it, out of it or into it any more, and what its agents
 * hold is suspended. One person is enough; closing again changes nothing.
 */
export async function closeSegment(
  needs: Needs,
  caller: Caller,
  segment: string,
  reason: string,
): Promise<Closure> {
  await checkInCharge(needs, caller, segment)
  const { actor } = caller
  const before = await needs.closures.find(segment)
  if (before) return before
  const closedAt = needs.clock()
  const closure: Closure = {
    segment,
    reason,
    closedBy: actor,
    closedAt,
    reopenedBy: null,
    proposedAt: null,
  }
  const closed = await needs.commit(
    [
      needs.closures.close(closure),
      ...needs.status.addCauseToAll({ segment }, 'suspension', cause, closedAt),
    ],
    [{ type: 'segment.closed', actor, facts: { segment, reason } }],
    closure,
  )
  needs.governance.forget()
  return closed
}

export interface Reopening {
  readonly segment: string
  readonly state: 'closed' | 'open'
  /** Who wants it open, while a second person is awaited. */
  readonly proposedBy: string | null
}

/** Opens a segment again, once two people who are in charge of it say so. */
export async function reopenSegment(
  needs: Needs,
  caller: Caller,
  segment: string,
): Promise<Reopening> {
  await checkInCharge(needs, caller, segment)
  const person = caller.person && (await needs.people.find(caller.person))
  if (!person)
    throw new ServiceError('approval_not_allowed', 'people reopen, with their own API key')
  const closure = await needs.closures.find(segment)
  if (!closure) return { segment, state: 'open', proposedBy: null }
  const { actor } = caller
  const now = needs.clock()
  const { reopenedBy, proposedAt } = closure
  const stands = reopenedBy !== null && now < (proposedAt ?? 0) + reopeningLifetime
  const proposer = stands ? await needs.people.find(reopenedBy) : undefined
  if (proposer?.state !== 'active')
    return needs.commit(
      [needs.closures.proposeReopening(segment, person.id, now)],
      [{ type: 'segment.reopening-proposed', actor, facts: { segment } }],
      { segment, state: 'closed', proposedBy: person.id },
    )
  const two = await areTwo(needs, proposer, person)
  if (!two.areTwo) throw new ServiceError('approval_not_allowed', 'a second person is needed')
  const reopened = await needs.commit(
    [
      ...two.guards,
      ...needs.closures.reopen(segment, proposer.id),
      ...needs.status.removeSuspensionOfAll({ segment }, cause),
    ],
    [
      {
        type: 'segment.reopened',
        actor,
        facts: { segment, people: [proposer.id, person.id] },
      },
    ],
    { segment, state: 'open', proposedBy: null } as const,
  )
  needs.governance.forget()
  return reopened
}

/** Administrators, and the owners that the segment names. */
async function checkInCharge({ documents }: Needs, caller: Caller, segment: string): Promise<void> {
  if (hasRole(caller, 'administrator')) return
  const document = await documents.newest('segment', segment)
  if (!caller.person || !document?.body?.owners.includes(caller.person))
    throw new ServiceError('caller_forbidden', 'an administrator or owner of the segment does this')
}
