import type { AuditEvent } from '../../audit/event.ts'
import { onRequest } from '../../credential/issuance-basis.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { TaskRecord } from '../../directory/task.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import { type AccessRequest, approvalDigest } from '../../governance/access-request.ts'
import type { RequestKind } from '../../governance/approval-rule.ts'
import type { Change } from '../common/change.ts'
import { isAnswerable, mayKnow } from '../common/find-visible.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import {
  approvalSubjectOf,
  type IssuedAnswer,
  type IssueNeeds,
  prepareIssue,
} from '../issuing/issue-permission.ts'
import {
  type AccessRequestInput,
  type AssessedAccessRequest,
  assessAccessRequest,
  breakGlassRole,
  type RequestNeeds,
} from './assess-access-request.ts'

/**
 * `credential` is present if the permission was issued at once, because no approval is required.
 */
export type AnsweredRequest = AccessRequest & { readonly credential?: IssuedAnswer['credential'] }

/**
 * Requests a permission. The rules decide: issue it at once, refuse it, or ask approvers. A refusal
 * is an answer, and the refused request is kept with its reason.
 */
export async function requestAccess(
  needs: RequestNeeds,
  caller: Caller,
  agent: Agent,
  input: AccessRequestInput,
): Promise<Change<AnsweredRequest>> {
  let known: Agent | undefined = agent
  return retryOnConflict(
    async () => {
      known ??= (await needs.agents.find(agent.id))!
      return requestOnce(needs, caller, known, input)
    },
    () => {
      known = undefined
      needs.governance.forget()
    },
  )
}

async function requestOnce(
  needs: RequestNeeds,
  caller: Caller,
  agent: Agent,
  input: AccessRequestInput,
): Promise<Change<AnsweredRequest>> {
  await checkRequester(needs, caller, agent, input.kind)
  const now = needs.clock()
  const considered = await assessAccessRequest(needs, agent, input)
  const request: AccessRequest = {
    id: newId(now, needs.crypto.randomBytes),
    agentId: agent.id,
    taskId: considered.task.id,
    requester: caller.actor,
    requesterPerson: caller.person ?? null,
    ...statusOf(considered, now),
    kind: input.kind,
    reason: input.reason,
    revision: 0,
    edits: 0,
    createdAt: now,
    credentialId: null,
    finding: null,
    reviewedBy: null,
    reviewedAt: null,
  }
  const made: AuditEvent = {
    type: 'request.made',
    actor: caller.actor,
    facts: {
      ...factsOf(request),
      kind: request.kind,
      reason: request.reason,
      rules: request.rules,
      entitlement: request.entitlement,
    },
  }
  if (request.state === 'refused')
    return {
      writes: [needs.accessRequests.add(request)],
      events: [made, refusalOf(request)],
      answer: request,
    }
  if (considered.ruling.outcome === 'ask')
    return { writes: [needs.accessRequests.add(request)], events: [made], answer: request }
  const issue = await issueFor(needs, agent, considered.task, request)
  const granted: AccessRequest = { ...request, state: 'granted', credentialId: issue.answer.id }
  const { credential } = issue.answer
  return {
    writes: [...considered.guards, ...issue.writes, needs.accessRequests.add(granted)],
    events: [made, grantOf(granted, issue.answer.id), issue.event],
    answer: { ...granted, credential },
  }
}

/**
 * Changes what an open request asks for. Approvals of the earlier version do not count, so it
 * returns to its first stage.
 */
export async function editAccessRequest(
  needs: RequestNeeds,
  caller: Caller,
  request: AccessRequest,
  input: Omit<AccessRequestInput, 'kind' | 'task'>,
): Promise<Change<AccessRequest>> {
  if (request.requester !== caller.actor)
    throw new ServiceError('caller_forbidden', 'only the requester may edit the request')
  mustBeOpen(request)
  const agent = (await needs.agents.find(request.agentId))!
  await checkRequester(needs, caller, agent, request.kind)
  const now = needs.clock()
  const { kind, taskId: task } = request
  const considered = await assessAccessRequest(needs, agent, { ...input, kind, task })
  if (considered.ruling.outcome !== 'ask')
    throw new ServiceError(
      'request_unprocessable',
      considered.because ??
        'no approval is required for this: withdraw the request, and make a new one',
    )
  const edited: AccessRequest = {
    ...request,
    ...statusOf(considered, now),
    reason: input.reason,
    edits: request.edits + 1,
  }
  const { rules, reason } = edited
  return {
    writes: [
      ...needs.accessRequests.revise(edited),
      needs.accessRequests.resetApprovals(edited.id),
    ],
    events: [
      {
        type: 'request.edited',
        actor: caller.actor,
        facts: { ...factsOf(edited), reason, rules },
      },
    ],
    answer: { ...edited, revision: edited.revision + 1 },
  }
}

/** Prepares the credential of a request. The digest must still match what will be issued. */
export async function issueFor(
  needs: IssueNeeds,
  agent: Agent,
  task: TaskRecord,
  { id, requester, terms, digest, rules, stages }: AccessRequest,
) {
  const subject = await approvalSubjectOf(needs, agent, task, terms)
  if ((await approvalDigest(subject, needs.crypto)) !== digest)
    throw new ServiceError(
      'approval_outdated',
      'the agent or the task has changed since this was requested: make a new request',
    )
  const policy = rules.join(', ') || 'break-glass'
  return prepareIssue(
    needs,
    agent,
    task,
    { ...terms, task: task.id },
    {
      actor: requester as Caller['actor'],
      basis: onRequest(id),
      approval: stages.length === 0 ? undefined : { digest, evidence: [`urn:uuid:${id}`], policy },
    },
  )
}

export const factsOf = ({ id, agentId, taskId, digest }: AccessRequest) => ({
  request: id,
  agent: agentId,
  task: taskId,
  digest,
})

export const grantOf = (request: AccessRequest, credential: Id): AuditEvent => ({
  type: 'request.granted',
  actor: 'service',
  facts: { ...factsOf(request), credential },
})

const refusalOf = (request: AccessRequest): AuditEvent => ({
  type: 'request.refused',
  actor: 'service',
  facts: { ...factsOf(request), because: request.because ?? '' },
})

export function mustBeOpen({ state }: AccessRequest): void {
  if (state !== 'open') throw new ServiceError('request_closed', `the request is ${state}`)
}

/**
 * Finds the agent for a caller who may know of it or, in an emergency, has the break-glass role.
 */
export async function findAgentToAskFor(
  needs: Pick<Deps, 'agents' | 'people'>,
  caller: Caller,
  id: Id,
  kind: RequestKind,
): Promise<Agent> {
  const agent = await needs.agents.find(id)
  const isKnown =
    agent &&
    (mayKnow(caller, agent) || (kind === 'break-glass' && (await isForEmergencies(needs, caller))))
  if (!isKnown) throw new ServiceError('not_found', 'there is no such agent')
  return agent
}

async function isForEmergencies(
  { people }: Pick<Deps, 'people'>,
  { person }: Caller,
): Promise<boolean> {
  const known = person && (await people.find(person))
  return isActing(known) && known.roles.includes(breakGlassRole)
}

/**
 * Agents request for themselves, and their owner and deputy for them; in an emergency, people with
 * the break-glass role do.
 */
async function checkRequester(
  needs: Pick<Deps, 'people'>,
  caller: Caller,
  agent: Agent,
  kind: RequestKind,
): Promise<void> {
  if (kind === 'break-glass') {
    if (await isForEmergencies(needs, caller)) return
    throw new ServiceError('caller_forbidden', `this requires the role ${breakGlassRole}`)
  }
  if (caller.agent === agent.id || isAnswerable(caller, agent)) return
  throw new ServiceError(
    'caller_forbidden',
    'only the agent, its owner or its deputy may request this',
  )
}

/** The state of a request that has just been assessed. */
function statusOf(
  { terms, digest, entitlement, ruling, because }: AssessedAccessRequest,
  now: number,
): Pick<
  AccessRequest,
  | 'terms'
  | 'digest'
  | 'entitlement'
  | 'rules'
  | 'stages'
  | 'stage'
  | 'stageEndsAt'
  | 'escalated'
  | 'state'
  | 'because'
  | 'decidedAt'
> {
  const { outcome, rules, stages } = ruling
  const isAsked = outcome === 'ask'
  return {
    terms,
    digest,
    entitlement,
    rules,
    stages: isAsked ? stages : [],
    stage: 0,
    stageEndsAt: isAsked ? now + stages[0]!.deadlineSeconds * 1000 : null,
    escalated: false,
    state: outcome === 'refuse' ? 'refused' : 'open',
    because,
    decidedAt: isAsked ? null : now,
  }
}
