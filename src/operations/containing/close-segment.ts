import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Closure, reopeningLifetime } from '../../governance/segment.ts'
import { answerOnly, type Change } from '../common/change.ts'
import { areTwoPeople } from '../enforcing/check-independence.ts'

type Needs = Pick<Deps, 'clock' | 'people' | 'documents' | 'closures' | 'governance' | 'status'>

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
): Promise<Change<Closure>> {
  await checkInCharge(needs, caller, segment)
  const { actor } = caller
  const before = await needs.closures.find(segment)
  if (before) return answerOnly(before)
  const closedAt = needs.clock()
  const closure: Closure = {
    segment,
    reason,
    closedBy: actor,
    closedAt,
    reopenedBy: null,
    proposedAt: null,
  }
  return {
    writes: [
      needs.closures.close(closure),
      ...needs.status.addCauseToAll({ segment }, 'suspension', cause, closedAt),
    ],
    events: [{ type: 'segment.closed', actor, facts: { segment, reason } }],
    answer: closure,
  }
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
): Promise<Change<Reopening>> {
  await checkInCharge(needs, caller, segment)
  const person = caller.person && (await needs.people.find(caller.person))
  if (!person)
    throw new ServiceError('approval_not_allowed', 'people reopen, with their own API key')
  const closure = await needs.closures.find(segment)
  if (!closure) return answerOnly({ segment, state: 'open', proposedBy: null })
  const { actor } = caller
  const now = needs.clock()
  const { reopenedBy, proposedAt } = closure
  const stands = reopenedBy !== null && now < (proposedAt ?? 0) + reopeningLifetime
  const proposer = stands ? await needs.people.find(reopenedBy) : undefined
  if (proposer?.state !== 'active')
    return {
      writes: [needs.closures.proposeReopening(segment, person.id, now)],
      events: [{ type: 'segment.reopening-proposed', actor, facts: { segment } }],
      answer: { segment, state: 'closed', proposedBy: person.id },
    }
  const two = await areTwoPeople(needs, proposer, person)
  if (!two.areTwoPeople) throw new ServiceError('approval_not_allowed', 'a second person is needed')
  return {
    writes: [
      ...two.guards,
      ...needs.closures.reopen(segment, proposer.id),
      ...needs.status.removeSuspensionOfAll({ segment }, cause),
    ],
    events: [
      {
        type: 'segment.reopened',
        actor,
        facts: { segment, people: [proposer.id, person.id] },
      },
    ],
    answer: { segment, state: 'open', proposedBy: null },
  }
}

/** Administrators, and the owners that the segment names. */
async function checkInCharge({ documents }: Needs, caller: Caller, segment: string): Promise<void> {
  if (hasRole(caller, 'administrator')) return
  const document = await documents.newest('segment', segment)
  if (!caller.person || !document?.body?.owners.includes(caller.person))
    throw new ServiceError('caller_forbidden', 'an administrator or owner of the segment does this')
}
