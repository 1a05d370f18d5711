import type { Agent } from '../agent/agent.ts'
import type { Caller } from '../agent/caller.ts'
import type { TaskRecord } from '../agent/task.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { ServiceError } from '../errors.ts'
import {
  type AccessRequest,
  type AccessTerms,
  approvalDigest,
  elevationLifetime,
} from '../governance/access-request.ts'
import { type RequestKind, type Ruling, ruleOn, type Stage } from '../governance/approval-rule.ts'
import { cite } from '../governance/document.ts'
import { type Entitled, entitlementsFor, isWithinEntitlement } from '../governance/entitlement.ts'
import { type Id, newId } from '../id.ts'
import type { JsonArray, JsonObject } from '../json.ts'
import type { Seconds } from '../time.ts'
import { findTask, isAnswerable, mayKnow } from './find.ts'
import { flawOfHolding } from './flow.ts'
import {
  approvalSubjectOf,
  grantsOf,
  type IssuedAnswer,
  type IssueNeeds,
  permissionLifetime,
  prepareIssue,
} from './issue-permission.ts'
import { limitsOfPerson } from './limits-of-person.ts'
import { flawOfDuties } from './separate-duties.ts'

export type RequestNeeds = IssueNeeds & Pick<Deps, 'accessRequests'>

export interface AccessRequestInput {
  readonly kind: RequestKind
  readonly task: Id
  readonly reason: string
  /** Name of the entitlement that is meant, where the agent's roles give several for the task. */
  readonly entitlement?: string | undefined
  /** Left out: what the entitlement gives. */
  readonly audience?: readonly Did[] | undefined
  readonly grants?: JsonArray | undefined
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds?: Seconds | undefined
}

/** `credential`: issued already, where nobody has to be asked. */
export type AnsweredRequest = AccessRequest & { readonly credential?: IssuedAnswer['credential'] }

/**
 * Asks for a permission. The rules decide: it is issued at once, refused, or people are asked. A
 * refusal is an answer: the request is kept, with why.
 */
export async function requestAccess(
  needs: RequestNeeds,
  caller: Caller,
  agent: Agent,
  input: AccessRequestInput,
): Promise<AnsweredRequest> {
  await checkRequester(needs, caller, agent, input.kind)
  const now = needs.clock()
  const considered = await consider(needs, agent, input)
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
    return needs.commit([needs.accessRequests.add(request)], [made, refusalOf(request)], request)
  if (considered.ruling.outcome === 'ask')
    return needs.commit([needs.accessRequests.add(request)], [made], request)
  const issue = await issueFor(needs, agent, considered.task, request)
  const granted: AccessRequest = { ...request, state: 'granted', credentialId: issue.answer.id }
  const { credential } = issue.answer
  return needs.commit(
    [...issue.writes, needs.accessRequests.add(granted)],
    [made, grantOf(granted, issue.answer.id), issue.event],
    { ...granted, credential },
  )
}

/**
 * Asks for something else under the same request. Whoever approved what was asked before has not
 * approved this: it begins with the first stage.
 */
export async function editRequest(
  needs: RequestNeeds,
  caller: Caller,
  request: AccessRequest,
  agent: Agent,
  input: Omit<AccessRequestInput, 'kind' | 'task'>,
): Promise<AccessRequest> {
  if (request.requester !== caller.actor)
    throw new ServiceError('caller_forbidden', 'whoever asked may edit the request')
  mustBeOpen(request)
  const now = needs.clock()
  const { kind, taskId: task } = request
  const considered = await consider(needs, agent, { ...input, kind, task })
  if (considered.ruling.outcome !== 'ask')
    throw new ServiceError(
      'request_unprocessable',
      considered.because ?? 'nobody has to be asked for this: withdraw the request, and ask anew',
    )
  const edited: AccessRequest = {
    ...request,
    ...statusOf(considered, now),
    reason: input.reason,
  }
  const { rules, reason } = edited
  return needs.commit(
    needs.accessRequests.revise(edited),
    [
      {
        type: 'request.edited',
        actor: caller.actor,
        facts: { ...factsOf(edited), reason, rules },
      },
    ],
    { ...edited, revision: edited.revision + 1 },
  )
}

/** Makes the credential of a request, whose digest must still be that of what will be issued. */
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
      'the agent or the task is not what it was when this was asked: ask anew',
    )
  const policy = rules.join(', ') || 'break-glass'
  return prepareIssue(
    needs,
    agent,
    task,
    { ...terms, task: task.id },
    {
      actor: requester as Caller['actor'],
      basis: `request:${id}`,
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

/** The agent, for whoever may know of it; in an emergency, for those who are named for that. */
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
  return known !== undefined && known.state === 'active' && known.roles.includes(breakGlassRole)
}

/** An agent asks for itself; the people who answer for it ask for it; in an emergency, who is named for that. */
async function checkRequester(
  needs: Pick<Deps, 'people'>,
  caller: Caller,
  agent: Agent,
  kind: RequestKind,
): Promise<void> {
  if (kind === 'break-glass') {
    if (await isForEmergencies(needs, caller)) return
    throw new ServiceError('caller_forbidden', `only people of the role ${breakGlassRole} may`)
  }
  if (caller.agent === agent.id || isAnswerable(caller, agent)) return
  throw new ServiceError('caller_forbidden', 'an agent or those who answer for it ask')
}

export const breakGlassRole = 'break-glass'

/** The second of the two people that an emergency takes. */
const breakGlassStages: readonly Stage[] = [
  {
    name: 'second person',
    approvers: { roles: [breakGlassRole] },
    quorum: 1,
    deadlineSeconds: 900,
  },
]

interface Considered {
  readonly task: TaskRecord
  readonly terms: AccessTerms
  readonly digest: string
  readonly entitlement: string | null
  readonly ruling: Ruling
  readonly because: string | null
}

/** What the request comes to, and what the rules say of it. */
async function consider(
  needs: RequestNeeds,
  agent: Agent,
  input: AccessRequestInput,
): Promise<Considered> {
  const task = await findTask(needs, input.task)
  if (task.state !== 'open') throw new ServiceError('task_ended', 'the task has ended')
  const documents = await needs.governance.inForce('entitlement')
  const ceilings = await needs.ceilings.of(agent.id)
  const given = entitlementsFor(documents, agent.roles, task.purpose, ceilings).filter(
    ({ document }) => input.entitlement === undefined || document.name === input.entitlement,
  )
  const terms = termsOf(input, given)
  const grants = grantsOf(terms.grants)
  const asked = { ...terms, grants, delegation: terms.delegation }
  const within = given.find((one) => isWithinEntitlement(one, asked))
  const digest = await approvalDigest(
    await approvalSubjectOf(needs, agent, task, terms),
    needs.crypto,
  )
  const ruled = ruleOn(await needs.governance.inForce('approval-rule'), {
    kind: input.kind,
    agent,
    purpose: task.purpose,
    grants,
    isDelegable: terms.delegation !== undefined,
  })
  const ruling: Ruling =
    input.kind === 'break-glass' && ruled.outcome !== 'refuse'
      ? { outcome: 'ask', rules: [], stages: breakGlassStages }
      : ruled
  const because = await refusalIn(needs, agent, task, input.kind, asked, ruling, within)
  return {
    task,
    terms,
    digest,
    entitlement: within ? cite(within.document) : null,
    ruling: because === null ? ruling : { ...ruling, outcome: 'refuse' },
    because,
  }
}

async function refusalIn(
  needs: RequestNeeds,
  agent: Agent,
  task: TaskRecord,
  kind: RequestKind,
  asked: Parameters<typeof isWithinEntitlement>[1],
  { outcome, rules }: Ruling,
  within: Entitled | undefined,
): Promise<string | null> {
  if (outcome === 'refuse') return `refused by ${rules.join(', ')}`
  if (kind === 'permission' && !within)
    return 'no entitlement of the agent gives this for such a task: ask for an elevation'
  const issuer = await needs.issuers.find(task.issuerId)
  const crossing = issuer && (await flawOfHolding(needs, issuer.did, [agent], asked))
  if (crossing) return crossing.detail
  const conflict = await flawOfDuties(needs, agent, asked.grants)
  if (conflict !== undefined) return `separation of duties: ${conflict}`
  if (kind === 'elevation' && outcome !== 'ask')
    return 'no rule says who is to be asked for such an elevation'
  try {
    await limitsOfPerson(needs, agent, task.purpose, asked)
    return null
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'role_exceeded') return error.detail
    throw error
  }
}

/** What is asked for; what is left out is what the one entitlement for such a task gives. */
function termsOf(input: AccessRequestInput, given: readonly Entitled[]): AccessTerms {
  const isWhole = input.grants !== undefined && input.audience !== undefined
  if (!isWhole && given.length !== 1)
    throw new ServiceError(
      'request_unprocessable',
      given.length === 0
        ? 'no entitlement of the agent is for such a task: say which grants and audience'
        : `several entitlements are for such a task: name one of ${given.map(({ document }) => document.name).join(', ')}`,
    )
  const [one] = given
  const longest = elevationLifetime[input.kind]
  const lifetimeSeconds =
    input.lifetimeSeconds ??
    Math.min(
      permissionLifetime.default,
      longest,
      one?.document.body.maxLifetimeSeconds ?? Number.POSITIVE_INFINITY,
    )
  if (lifetimeSeconds > longest)
    throw new ServiceError('request_unprocessable', `at most ${longest} s for ${input.kind}`)
  const delegation = input.delegation ?? (isWhole ? undefined : one?.document.body.delegation)
  return {
    audience: input.audience ?? one!.document.body.audience,
    grants: input.grants ?? one!.json,
    ...(delegation === undefined ? {} : { delegation }),
    lifetimeSeconds,
  }
}

/** Where a request stands that was just considered. */
function statusOf(
  { terms, digest, entitlement, ruling, because }: Considered,
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
