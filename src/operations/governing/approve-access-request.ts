import type { AuditEvent } from '../../audit/event.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import { humanOf, isSamePerson, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { AccessRequest, Approval } from '../../governance/access-request.ts'
import type { Approvers } from '../../governance/approval-rule.ts'
import type { Change } from '../common/change.ts'
import { RecordedError } from '../common/change.ts'
import { findTask } from '../common/find-visible.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import {
  areTwoPeople,
  assessCloseness,
  type Closeness,
  type Concerned,
} from '../enforcing/check-independence.ts'
import { listClosePeople } from '../enforcing/list-close-people.ts'
import type { RequestNeeds } from './assess-access-request.ts'
import { reassessAccessRequest } from './reassess-access-request.ts'
import { factsOf, grantOf, issueFor, mustBeOpen } from './request-access.ts'

export interface Vote {
  /** Digest that the approver saw. A vote with another digest approves nothing. */
  readonly digest: string
  /**
   * Number of edits that the approver saw. The digest covers only the terms; the reason is part of
   * what is approved too.
   */
  readonly edits: number
  readonly comment?: string | undefined
}

/**
 * Approves exactly what was requested. The last approval needed issues the permission in the same
 * commit, if the request would still be asked for and allowed now. If several people approve at the
 * same moment, one of them issues it.
 *
 * @throws ServiceError `approval_not_allowed`, `approval_given`, `approval_outdated`,
 *   `request_closed`.
 * @see permission-model.md, 5
 */
export const approveAccessRequest = (
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  vote: Vote,
): Promise<Change<AccessRequest>> =>
  retryOnConflict(async () => {
    const { request, agent, voter, inPlaceOf, guards } = await admit(
      needs,
      caller,
      id,
      vote,
      'approve',
    )
    const now = needs.clock()
    const approval: Approval = {
      requestId: id,
      digest: request.digest,
      stage: request.stage,
      personId: voter.id,
      inPlaceOf: inPlaceOf?.id ?? null,
      comment: vote.comment ?? null,
      at: now,
    }
    const before = await needs.accessRequests.approvals(id, request.digest)
    const voted = [...guards, needs.accessRequests.approve(approval)]
    const stage = request.stages[request.stage]!
    const approved: AuditEvent = {
      type: 'request.approved',
      actor: caller.actor,
      facts: { ...factsOf(request), stage: stage.name, inPlaceOf: approval.inPlaceOf },
    }
    const inStage = (await humansIn(needs, before, request.stage)).size + 1
    const next = request.stages[request.stage + 1]
    if (inStage < stage.quorum) return revise(needs, request, voted, [approved])
    if (next) {
      const moved: AccessRequest = {
        ...request,
        stage: request.stage + 1,
        stageEndsAt: now + next.deadlineSeconds * 1000,
        escalated: false,
      }
      return revise(needs, moved, voted, [approved])
    }
    const standing = await reassessAccessRequest(needs, request, agent)
    const issue = await issueFor(needs, agent, await findTask(needs, request.taskId), request)
    const granted: AccessRequest = {
      ...request,
      state: 'granted',
      stageEndsAt: null,
      decidedAt: now,
      credentialId: issue.answer.id,
    }
    return revise(
      needs,
      granted,
      [...standing, ...voted, ...issue.writes],
      [approved, grantOf(granted, issue.answer.id), issue.event, ...alarm(granted, caller.actor)],
    )
  }, needs.governance.forget)

/** A single refusal by someone who may approve ends the request. */
export const refuseAccessRequest = (
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  vote: Vote & { readonly comment: string },
): Promise<Change<AccessRequest>> =>
  retryOnConflict(async () => {
    const { request, guards } = await admit(needs, caller, id, vote, 'refuse')
    const refused: AccessRequest = {
      ...request,
      state: 'refused',
      because: vote.comment,
      stageEndsAt: null,
      decidedAt: needs.clock(),
    }
    return revise(needs, refused, guards, [
      {
        type: 'request.refused',
        actor: caller.actor,
        facts: { ...factsOf(request), because: vote.comment },
      },
    ])
  })

const alarm = (request: AccessRequest, approver: string): readonly AuditEvent[] =>
  request.kind === 'break-glass'
    ? [
        {
          type: 'break-glass.used',
          actor: 'service',
          facts: {
            ...factsOf(request),
            reason: request.reason,
            people: [request.requester, approver],
          },
        },
      ]
    : []

const revise = (
  { accessRequests }: RequestNeeds,
  request: AccessRequest,
  writes: readonly Write[],
  events: readonly AuditEvent[],
): Change<AccessRequest> => ({
  writes: [...accessRequests.revise(request), ...writes],
  events: events,
  answer: {
    ...request,
    revision: request.revision + 1,
  },
})

interface Admitted {
  readonly request: AccessRequest
  readonly agent: Agent
  readonly voter: Person
  /** The approver whose delegate the voter is; undefined if the voter is an approver. */
  readonly inPlaceOf: Person | undefined
  /** Preconditions of the commit that writes the vote. */
  readonly guards: readonly Write[]
}

/**
 * Checks that the caller may vote on this request now. The audit log records a vote that is not
 * allowed.
 */
async function admit(
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  { digest, edits }: Vote,
  intent: Intent,
): Promise<Admitted> {
  const request = await needs.accessRequests.find(id)
  if (!request) throw new ServiceError('not_found', 'there is no such request')
  mustBeOpen(request)
  if (digest !== request.digest || edits !== request.edits)
    throw new ServiceError(
      'approval_outdated',
      'the request has been edited, or the digest belongs to another request: read it again, and send its digest and edits',
    )
  if (request.stageEndsAt !== null && needs.clock() >= request.stageEndsAt)
    throw new ServiceError('request_closed', 'the deadline of this stage has passed')
  const agent = await needs.agents.find(request.agentId)
  if (!agent) throw new ServiceError('internal', 'the request has no agent')
  const voter = caller.person && (await needs.people.find(caller.person))
  if (!isActing(voter))
    throw new ServiceError(
      'approval_not_allowed',
      'only people approve: use an API key that a person holds',
    )
  const concerned = await listConcerned(needs, request, agent, intent)
  const close = await assessCloseness(needs, voter, concerned, 'approve')
  const flaw = flawOf(close) ?? (await flawOfRepetition(needs, request, voter))
  if (flaw) throw refusedTo(caller, request, flaw)
  const stage = request.stages[request.stage]!
  const approvers = [stage.approvers, ...(request.escalated ? [stage.escalation!.approvers] : [])]
  const { guards } = close
  if (approvers.some((one) => isAmong(voter, one)))
    return { request, agent, voter, inPlaceOf: undefined, guards }
  for (const absent of await needs.people.delegatingTo(voter.id, needs.clock())) {
    if (!approvers.some((one) => isAmong(absent, one))) continue
    const theirs = await assessCloseness(needs, absent, concerned, 'approve')
    if (!(flawOf(theirs) ?? (await flawOfRepetition(needs, request, absent))))
      return { request, agent, voter, inPlaceOf: absent, guards: [...guards, ...theirs.guards] }
  }
  throw refusedTo(caller, request, ['approval_not_allowed', 'not an approver of this stage'])
}

type Flaw = readonly [code: 'approval_not_allowed' | 'approval_given', because: string]

export const isAmong = (person: Person, { people = [], roles = [] }: Approvers): boolean =>
  people.includes(person.id) || person.roles.some((role) => roles.includes(role))

/**
 * A refusal gives nobody any authority, so fewer people are kept from refusing than from approving.
 */
type Intent = 'approve' | 'refuse' | 'review'

/**
 * The requester, and everyone close to the agent. A person who became answerable for the agent
 * after the request was made may still refuse: naming an approver as owner or deputy does not
 * silence them.
 */
export async function listConcerned(
  needs: Pick<RequestNeeds, 'agents' | 'people' | 'clock'>,
  { requester, requesterPerson, createdAt }: AccessRequest,
  agent: Agent,
  intent: Intent,
): Promise<readonly Concerned[]> {
  const close = await listClosePeople(needs, agent)
  return [
    { who: 'the requester', person: requesterPerson, actor: requester },
    ...close.filter(
      ({ isCurrent, since }) => intent !== 'refuse' || (isCurrent && since <= createdAt),
    ),
    { who: 'the agent', actor: `agent:${agent.id}` },
  ]
}

const flawOf = ({ flaw }: Closeness): Flaw | undefined =>
  flaw === undefined ? undefined : ['approval_not_allowed', flaw]

/**
 * A human being approves once, in any stage, under any of their records, for any absent approver.
 * Of two people one of whom created the other's record, only one approves.
 */
async function flawOfRepetition(
  needs: RequestNeeds,
  { id, digest }: AccessRequest,
  person: Person,
): Promise<Flaw | undefined> {
  for (const { personId, inPlaceOf } of await needs.accessRequests.approvals(id, digest))
    for (const before of [personId, ...(inPlaceOf ? [inPlaceOf] : [])]) {
      const known = await needs.people.find(before)
      if (known && isSamePerson(known, person))
        return ['approval_given', 'this person has already approved, perhaps under another record']
      if (known && !(await areTwoPeople(needs, known, person)).areTwoPeople)
        return [
          'approval_not_allowed',
          'this person or an earlier approver made the record or the API key of the other',
        ]
    }
  return undefined
}

/**
 * The human beings who approved in a stage. Two records may have turned out to belong to one
 * person.
 */
async function humansIn(
  { people }: RequestNeeds,
  approvals: readonly Approval[],
  stage: number,
): Promise<ReadonlySet<Id>> {
  const voters = approvals.filter((one) => one.stage === stage).map(({ personId }) => personId)
  const records = await Promise.all(voters.map((id) => people.find(id)))
  return new Set(records.map((record, i) => (record ? humanOf(record) : voters[i]!)))
}

function refusedTo(
  { actor }: Caller,
  request: AccessRequest,
  [code, because]: Flaw,
): RecordedError {
  const facts = { ...factsOf(request), because }
  return new RecordedError(code, because, [{ type: 'approval.refused', actor, facts }])
}
