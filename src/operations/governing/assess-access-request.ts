import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import type { TaskRecord } from '../../directory/task.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { JsonArray, JsonObject } from '../../foundation/json.ts'
import type { Seconds } from '../../foundation/time.ts'
import {
  type AccessTerms,
  approvalDigest,
  elevationLifetime,
  mostTerms,
} from '../../governance/access-request.ts'
import {
  type RequestKind,
  type Ruling,
  ruleOn,
  type Stage,
} from '../../governance/approval-rule.ts'
import { cite } from '../../governance/document.ts'
import {
  type Entitled,
  entitlementsFor,
  isWithinEntitlement,
} from '../../governance/entitlement.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import { findTask, noTask } from '../common/find-visible.ts'
import { flawOfDuties } from '../enforcing/check-duties-held.ts'
import { checkPersonRoles } from '../enforcing/check-person-roles.ts'
import { flawOfHolding } from '../enforcing/check-segments.ts'
import { approvalSubjectOf, type IssueNeeds } from '../issuing/issue-permission.ts'

export type RequestNeeds = IssueNeeds & Pick<Deps, 'accessRequests' | 'apiKeys'>

export interface AccessRequestInput {
  readonly kind: RequestKind
  readonly task: Id
  readonly reason: string
  /** Name of the entitlement meant, if the agent's roles give several for the task. */
  readonly entitlement?: string | undefined
  /** If absent, the entitlement decides. */
  readonly audience?: readonly Did[] | undefined
  readonly grants?: JsonArray | undefined
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds?: Seconds | undefined
}

export const breakGlassRole = 'break-glass'

/** Break-glass takes two people; this stage asks the second. */
const breakGlassStages: readonly Stage[] = [
  {
    name: 'second person',
    approvers: { roles: [breakGlassRole] },
    quorum: 1,
    deadlineSeconds: 900,
  },
]

export interface AssessedAccessRequest {
  readonly task: TaskRecord
  readonly terms: AccessTerms
  readonly digest: string
  readonly entitlement: string | null
  readonly ruling: Ruling
  readonly because: string | null
  /** Preconditions of the commit that writes the answer. */
  readonly guards: readonly Write[]
}

/** Works out what the request amounts to, and what the rules say about it. */
export async function assessAccessRequest(
  needs: RequestNeeds,
  agent: Agent,
  input: AccessRequestInput,
): Promise<AssessedAccessRequest> {
  const task = await findTask(needs, input.task)
  // For an agent that the task does not name, the task does not exist. Other agents may know its
  // id, because every presentation contains it.
  if (task.agents.length > 0 && !task.agents.includes(agent.id)) throw noTask()
  if (task.state !== 'open') throw new ServiceError('task_ended', 'the task has ended')
  const documents = await needs.governance.inForce('entitlement')
  const rules = await needs.governance.inForce('approval-rule')
  const ceilings = await needs.ceilings.of(agent.id)
  const given = entitlementsFor(documents, agent.roles, task.purpose, ceilings).filter(
    ({ document }) => input.entitlement === undefined || document.name === input.entitlement,
  )
  const terms = termsOf(input, given)
  if (JSON.stringify(terms).length > mostTerms)
    throw new ServiceError(
      'request_unprocessable',
      `terms: more than ${mostTerms} characters of JSON`,
    )
  const grants = grantsOf(terms.grants)
  const asked = { ...terms, grants, delegation: terms.delegation }
  const within = given.find((one) => isWithinEntitlement(one, asked))
  const digest = await approvalDigest(
    await approvalSubjectOf(needs, agent, task, terms),
    needs.crypto,
  )
  const ruled = ruleOn(rules, {
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
  const because = await refusalIn(needs, agent, task, { kind: input.kind, asked, ruling, within })
  return {
    task,
    terms,
    digest,
    entitlement: within ? cite(within.document) : null,
    ruling: because === null ? ruling : { ...ruling, outcome: 'refuse' },
    because,
    guards: [
      needs.agents.mustBeUnchanged(agent),
      needs.documents.mustBeInForce('entitlement', documents),
      needs.documents.mustBeInForce('approval-rule', rules),
      needs.ceilings.mustBe(agent.id, ceilings),
    ],
  }
}

interface Asked {
  readonly kind: RequestKind
  readonly asked: Parameters<typeof isWithinEntitlement>[1]
  readonly ruling: Ruling
  /** The entitlement that covers it, if any. */
  readonly within: Entitled | undefined
}

async function refusalIn(
  needs: RequestNeeds,
  agent: Agent,
  task: TaskRecord,
  { kind, asked, ruling, within }: Asked,
): Promise<string | null> {
  const { outcome, rules } = ruling
  if (outcome === 'refuse') return `refused by ${rules.join(', ')}`
  if (kind === 'permission' && !within)
    return 'no entitlement of the agent covers this for such a task: ask for an elevation'
  const issuer = await needs.issuers.find(task.issuerId)
  const crossing = issuer && (await flawOfHolding(needs, issuer.did, [agent], asked))
  if (crossing) return crossing.detail
  const conflict = await flawOfDuties(needs, agent, asked.grants)
  if (conflict !== undefined) return `separation of duties: ${conflict}`
  if (kind === 'elevation' && outcome !== 'ask')
    return 'no rule names approvers for such an elevation'
  try {
    await checkPersonRoles(needs, agent, task.purpose, asked)
    return null
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'role_exceeded') return error.detail
    throw error
  }
}

/** The requested terms. Terms that are absent come from the only entitlement for such a task. */
function termsOf(input: AccessRequestInput, given: readonly Entitled[]): AccessTerms {
  const isWhole = input.grants !== undefined && input.audience !== undefined
  if (!isWhole && given.length !== 1)
    throw new ServiceError(
      'request_unprocessable',
      given.length === 0
        ? 'no entitlement of the agent covers such a task: state grants and audience'
        : `several entitlements cover such a task: name one of ${given.map(({ document }) => document.name).join(', ')}`,
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
