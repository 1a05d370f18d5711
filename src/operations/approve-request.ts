import type { Agent } from '../agent/agent.ts'
import type { Caller } from '../agent/caller.ts'
import { isSamePerson, type Person } from '../agent/party.ts'
import type { AuditEvent } from '../audit/event.ts'
import { ServiceError } from '../errors.ts'
import type { AccessRequest, Approval } from '../governance/access-request.ts'
import type { Approvers } from '../governance/approval-rule.ts'
import type { Id } from '../id.ts'
import type { RequestNeeds } from './consider-request.ts'
import { findTask } from './find.ts'
import { factsOf, grantOf, issueFor, mustBeOpen } from './request-access.ts'
import { untilAlone } from './until-alone.ts'

export interface Vote {
  /** Of what the approver saw: another one approves nothing. */
  readonly digest: string
  readonly comment?: string | undefined
}

/**
 * Approves what was asked, exactly. The last approval that is needed issues the permission, in the
 * same commit: of many who approve at the same moment, one does.
 *
 * @throws ServiceError `approval_not_allowed`, `approval_given`, `approval_outdated`, `request_closed`.
 * @see permission-model.md, 5
 */
export const approveRequest = (
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  vote: Vote,
): Promise<AccessRequest> =>
  untilAlone(async () => {
    const { request, agent, voter, inPlaceOf } = await admit(needs, caller, id, vote)
    const now = needs.clock()
    const approval: Approval = {
      requestId: id,
      digest: request.digest,
      stage: request.stage,
      personId: voter.identityOf ?? voter.id,
      inPlaceOf: inPlaceOf?.id ?? null,
      comment: vote.comment ?? null,
      at: now,
    }
    const before = await needs.accessRequests.approvals(id, request.digest)
    const stage = request.stages[request.stage]!
    const approved: AuditEvent = {
      type: 'request.approved',
      actor: caller.actor,
      facts: { ...factsOf(request), stage: stage.name, inPlaceOf: approval.inPlaceOf },
    }
    const inStage = before.filter(({ stage }) => stage === request.stage).length + 1
    const next = request.stages[request.stage + 1]
    if (inStage < stage.quorum)
      return revise(needs, request, [needs.accessRequests.approve(approval)], [approved])
    if (next) {
      const moved: AccessRequest = {
        ...request,
        stage: request.stage + 1,
        stageEndsAt: now + next.deadlineSeconds * 1000,
        escalated: false,
      }
      return revise(needs, moved, [needs.accessRequests.approve(approval)], [approved])
    }
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
      [needs.accessRequests.approve(approval), ...issue.writes],
      [approved, grantOf(granted, issue.answer.id), issue.event, ...alarm(granted, caller.actor)],
    )
  })

/** One who may approve and says no ends the request. */
export const refuseRequest = (
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  vote: Vote & { readonly comment: string },
): Promise<AccessRequest> =>
  untilAlone(async () => {
    const { request } = await admit(needs, caller, id, vote)
    const refused: AccessRequest = {
      ...request,
      state: 'refused',
      because: vote.comment,
      stageEndsAt: null,
      decidedAt: needs.clock(),
    }
    return revise(
      needs,
      refused,
      [],
      [
        {
          type: 'request.refused',
          actor: caller.actor,
          facts: { ...factsOf(request), because: vote.comment },
        },
      ],
    )
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
  { commit, accessRequests }: RequestNeeds,
  request: AccessRequest,
  writes: Parameters<RequestNeeds['commit']>[0],
  events: readonly AuditEvent[],
): Promise<AccessRequest> =>
  commit([...accessRequests.revise(request), ...writes], events, {
    ...request,
    revision: request.revision + 1,
  })

interface Admitted {
  readonly request: AccessRequest
  readonly agent: Agent
  readonly voter: Person
  /** The approver whose delegate the voter is, if that is what makes the vote count. */
  readonly inPlaceOf: Person | undefined
}

/** Who may say yes or no to this request now. A refusal leaves its trace in the log. */
async function admit(
  needs: RequestNeeds,
  caller: Caller,
  id: Id,
  { digest }: Vote,
): Promise<Admitted> {
  const request = await needs.accessRequests.find(id)
  if (!request) throw new ServiceError('not_found', 'there is no such request')
  mustBeOpen(request)
  if (digest !== request.digest)
    throw new ServiceError(
      'approval_outdated',
      'the request was edited, or this is the digest of another: read it again',
    )
  if (request.stageEndsAt !== null && needs.clock() >= request.stageEndsAt)
    throw new ServiceError('request_closed', 'the deadline of this stage is over')
  const agent = await needs.agents.find(request.agentId)
  if (!agent) throw new ServiceError('internal', 'the request has no agent')
  const voter = caller.person && (await needs.people.find(caller.person))
  if (voter?.state !== 'active')
    throw new ServiceError('approval_not_allowed', 'people approve, with an API key of their own')
  const excluded = await excludedFrom(needs, request, agent)
  const flaw = flawOf(request, voter, excluded) ?? (await flawOfRepetition(needs, request, voter))
  if (flaw) return refuse(needs, caller, request, flaw)
  const stage = request.stages[request.stage]!
  const approvers = [stage.approvers, ...(request.escalated ? [stage.escalation!.approvers] : [])]
  if (approvers.some((one) => isAmong(voter, one)))
    return { request, agent, voter, inPlaceOf: undefined }
  for (const absent of await needs.people.delegatingTo(voter.id, needs.clock())) {
    if (!approvers.some((one) => isAmong(absent, one))) continue
    const theirs =
      flawOf(request, absent, excluded) ?? (await flawOfRepetition(needs, request, absent))
    if (!theirs) return { request, agent, voter, inPlaceOf: absent }
  }
  return refuse(needs, caller, request, ['approval_not_allowed', 'not an approver of this stage'])
}

type Flaw = readonly [code: 'approval_not_allowed' | 'approval_given', because: string]

export const isAmong = (person: Person, { people = [], roles = [] }: Approvers): boolean =>
  people.includes(person.id) || person.roles.some((role) => roles.includes(role))

/** Whoever asked, and whoever answers for the agent. */
async function excludedFrom(
  { people }: RequestNeeds,
  { requesterPerson }: AccessRequest,
  { owner, deputy }: Agent,
): Promise<readonly (readonly [Person, string])[]> {
  const named = [
    [requesterPerson, 'the requester does not approve'],
    [owner, "the agent's owner does not approve"],
    [deputy, "the agent's deputy does not approve"],
  ] as const
  const found = await Promise.all(
    named.map(async ([id, because]) => [id && (await people.find(id)), because] as const),
  )
  return found.flatMap(([person, because]) => (person ? [[person, because] as const] : []))
}

function flawOf(
  { requester }: AccessRequest,
  person: Person,
  excluded: readonly (readonly [Person, string])[],
): Flaw | undefined {
  if (person.createdBy === requester)
    return ['approval_not_allowed', 'the requester made the record of this person']
  const found = excluded.find(([one]) => isSamePerson(one, person))
  return found && ['approval_not_allowed', `${found[1]}, under any identity`]
}

/** One human being approves once, in whichever stage, under whichever identity, for whomever. */
async function flawOfRepetition(
  { accessRequests, people }: RequestNeeds,
  { id, digest }: AccessRequest,
  person: Person,
): Promise<Flaw | undefined> {
  for (const { personId, inPlaceOf } of await accessRequests.approvals(id, digest))
    for (const before of [personId, ...(inPlaceOf ? [inPlaceOf] : [])]) {
      const known = await people.find(before)
      if (known && isSamePerson(known, person))
        return ['approval_given', 'this person has approved, maybe under another identity']
    }
  return undefined
}

async function refuse(
  { commit }: RequestNeeds,
  { actor }: Caller,
  request: AccessRequest,
  [code, because]: Flaw,
): Promise<never> {
  const facts = { ...factsOf(request), because }
  await commit([], [{ type: 'approval.refused', actor, facts }], null)
  throw new ServiceError(code, because)
}
