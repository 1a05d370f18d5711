import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { type Closure, reopeningLifetime } from '../../governance/segment.ts'
import { answerOnly, type Change } from '../common/change.ts'
import { areTwoPeople } from '../enforcing/check-independence.ts'

type Needs = Pick<
  Deps,
  'clock' | 'people' | 'agents' | 'apiKeys' | 'documents' | 'closures' | 'governance' | 'status'
>

/** Status cause of a closed segment, so that verifiers elsewhere deny too. */
const cause = 'segment'

/**
 * Closes a segment: nothing is allowed within it, out of it or into it, and its agents' credentials
 * are suspended. One person suffices. Closing it again changes nothing.
 *
 * @throws ServiceError `not_found` for a name that no document and no agent has: in an emergency a
 *   typing error must not look like success.
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
  await checkSegment(needs, segment)
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

async function checkSegment({ governance, agents }: Needs, segment: string): Promise<void> {
  const documents = await governance.inForce('segment')
  const isKnown =
    documents.some(({ name }) => name === segment) || (await agents.hasInSegment(segment))
  if (!isKnown)
    throw new ServiceError(
      'not_found',
      `there is no segment ${segment}, so nothing was closed: GET /segments and the agents have the names`,
    )
}

export interface Reopening {
  readonly segment: string
  readonly state: 'closed' | 'open'
  /** Who proposed to reopen it, while a second person is awaited. */
  readonly proposedBy: Id | null
}

/** Reopens a segment once two people in charge of it have confirmed. */
export async function reopenSegment(
  needs: Needs,
  caller: Caller,
  segment: string,
): Promise<Change<Reopening>> {
  await checkInCharge(needs, caller, segment)
  const person = caller.person && (await needs.people.find(caller.person))
  if (!person)
    throw new ServiceError(
      'approval_not_allowed',
      'only people reopen a segment, with their own API key',
    )
  const closure = await needs.closures.find(segment)
  if (!closure) return answerOnly({ segment, state: 'open', proposedBy: null })
  const { actor } = caller
  const now = needs.clock()
  const { reopenedBy, proposedAt } = closure
  const stands = reopenedBy !== null && now < (proposedAt ?? 0) + reopeningLifetime
  const proposer = stands ? await needs.people.find(reopenedBy) : undefined
  if (!isActing(proposer) || !(await isInCharge(needs, proposer.id, segment)))
    return {
      writes: [needs.closures.proposeReopening(segment, person.id, now)],
      events: [{ type: 'segment.reopening-proposed', actor, facts: { segment } }],
      answer: { segment, state: 'closed', proposedBy: person.id },
    }
  const two = await areTwoPeople(needs, proposer, person)
  if (!two.areTwoPeople)
    throw new ServiceError('approval_not_allowed', 'a second person is required')
  return {
    writes: [
      ...two.guards,
      ...needs.closures.reopen(segment, proposer.id),
      ...needs.status.removeSuspensionOfAll({ segment }, cause, now),
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

/** Whether a person who proposed something is still in charge when it is confirmed. */
async function isInCharge(
  { apiKeys, documents, clock }: Needs,
  person: Id,
  segment: string,
): Promise<boolean> {
  if (await apiKeys.administers(person, clock())) return true
  const document = await documents.newest('segment', segment)
  return document?.body?.owners.includes(person) ?? false
}

/** Administrators and the segment's owners are in charge of it. */
async function checkInCharge({ documents }: Needs, caller: Caller, segment: string): Promise<void> {
  if (hasRole(caller, 'administrator')) return
  const document = await documents.newest('segment', segment)
  if (!caller.person || !document?.body?.owners.includes(caller.person))
    throw new ServiceError(
      'caller_forbidden',
      'only an administrator or an owner of the segment may do this',
    )
}
