import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { AccessRequest } from '../../governance/access-request.ts'
import type { Change } from '../common/change.ts'
import { assessCloseness } from '../enforcing/check-independence.ts'
import { listConcerned } from './approve-access-request.ts'
import { factsOf, mustBeOpen } from './request-access.ts'

type Needs = Pick<Deps, 'clock' | 'accessRequests' | 'people' | 'agents' | 'apiKeys'>

/** The requester withdraws the request. */
export async function withdrawAccessRequest(
  needs: Needs,
  { actor }: Caller,
  request: AccessRequest,
): Promise<Change<AccessRequest>> {
  if (request.requester !== actor)
    throw new ServiceError('caller_forbidden', 'only the requester may withdraw the request')
  mustBeOpen(request)
  return end(needs, request, 'withdrawn', {
    type: 'request.withdrawn',
    actor,
    facts: factsOf(request),
  })
}

/** Applies the deadline of a stage: it escalates to further approvers, or the request expires. */
export async function passDeadline(
  needs: Needs,
  request: AccessRequest,
): Promise<Change<AccessRequest>> {
  const { name, escalation } = request.stages[request.stage]!
  const facts = { ...factsOf(request), stage: name }
  if (request.escalated || !escalation)
    return end(needs, request, 'expired', { type: 'request.expired', actor: 'service', facts })
  const escalated: AccessRequest = {
    ...request,
    escalated: true,
    stageEndsAt: request.stageEndsAt! + escalation.deadlineSeconds * 1000,
  }
  return revise(needs, escalated, { type: 'request.escalated', actor: 'service', facts })
}

/**
 * Records whether an elevation or emergency was justified. The requester, its approvers, and people
 * who are or recently were answerable for the agent may not say so, nor anyone whose record one of
 * them created.
 */
export async function reviewRequest(
  needs: Needs,
  { actor, person }: Caller,
  request: AccessRequest,
  finding: NonNullable<AccessRequest['finding']>,
): Promise<Change<AccessRequest>> {
  if (request.state !== 'granted' || request.kind === 'permission' || request.finding !== null)
    throw new ServiceError('request_closed', 'the request needs no review, or has been reviewed')
  const reviewer = person && (await needs.people.find(person))
  const agent = await needs.agents.find(request.agentId)
  if (!isActing(reviewer))
    throw new ServiceError(
      'approval_not_allowed',
      'only people review: use an API key that a person holds',
    )
  const approvals = await needs.accessRequests.approvals(request.id, request.digest)
  const concerned = [
    ...(agent ? await listConcerned(needs, request, agent, 'review') : []),
    ...approvals
      .flatMap(({ personId, inPlaceOf }) => [personId, inPlaceOf])
      .map((approver) => ({ who: 'whoever approved', person: approver })),
  ]
  const { flaw, guards } = await assessCloseness(needs, reviewer, concerned, 'review')
  if (flaw !== undefined) throw new ServiceError('approval_not_allowed', flaw)
  const reviewed: AccessRequest = {
    ...request,
    finding,
    reviewedBy: reviewer.id,
    reviewedAt: needs.clock(),
  }
  const facts = { ...factsOf(request), finding }
  return revise(needs, reviewed, { type: 'request.reviewed', actor, facts }, guards)
}

const end = (
  needs: Needs,
  request: AccessRequest,
  state: AccessRequest['state'],
  event: AuditEvent,
): Change<AccessRequest> =>
  revise(needs, { ...request, state, stageEndsAt: null, decidedAt: needs.clock() }, event)

const revise = (
  { accessRequests }: Needs,
  request: AccessRequest,
  event: AuditEvent,
  guards: readonly Write[] = [],
): Change<AccessRequest> => ({
  writes: [...guards, ...accessRequests.revise(request)],
  events: [event],
  answer: {
    ...request,
    revision: request.revision + 1,
  },
})
