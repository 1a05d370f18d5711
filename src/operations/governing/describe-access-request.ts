import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { TaskRecord } from '../../directory/task.ts'
import type { Id } from '../../foundation/id.ts'
import type { JsonArray } from '../../foundation/json.ts'
import { formatTime } from '../../foundation/time.ts'
import type { AccessRequest, Approval } from '../../governance/access-request.ts'
import { type Risk, riskOf } from '../../governance/risk.ts'
import { type UsageRecord, usageWindow } from '../../governance/usage.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { readEveryPage } from '../common/read-every-page.ts'
import { grantsInCredential } from '../enforcing/grants-in-credential.ts'

type Needs = Pick<
  Deps,
  'clock' | 'agents' | 'people' | 'tasks' | 'credentials' | 'accessRequests' | 'usage'
>

/** What an approver needs to see in addition to the request. */
export interface Dossier {
  readonly agent: Pick<Agent, 'id' | 'did' | 'name' | 'kind' | 'riskTier' | 'segment' | 'roles'>
  readonly owner: { readonly id: Id; readonly name: string | undefined }
  readonly task: Pick<TaskRecord, 'id' | 'purpose' | 'state'>
  readonly risk: Risk
  /** The permissions that the agent holds now. */
  readonly holds: readonly {
    readonly credential: Id
    readonly basis: string
    readonly grants: JsonArray
    readonly validUntil: string | null
  }[]
  /** How the agent used its permissions in the last 90 days: the first hundred records. */
  readonly used: readonly UsageRecord[]
  /** Risk of exactly what is requested. */
  readonly approvals: readonly Approval[]
}

/** An agent adds a record with each place that it reaches, so their number is unlimited. */
const usesShown = 100

export async function describeAccessRequest(
  needs: Needs,
  request: AccessRequest,
): Promise<Dossier> {
  const agent = (await needs.agents.find(request.agentId))!
  const task = (await needs.tasks.find(request.taskId))!
  const held = await readEveryPage((page) =>
    needs.credentials.list({ agentId: agent.id, state: 'active' }, page, needs.clock()),
  )
  const { id, did, name, kind, riskTier, segment, roles } = agent
  return {
    agent: { id, did, name, kind, riskTier, segment, roles },
    owner: { id: agent.owner, name: (await needs.people.find(agent.owner))?.name },
    task: { id: task.id, purpose: task.purpose, state: task.state },
    risk: riskOf({
      agent,
      kind: request.kind,
      grants: grantsOf(request.terms.grants),
      isWithinEntitlement: request.entitlement !== null,
      isDelegable: request.terms.delegation !== undefined,
    }),
    holds: held.map(({ id, basis, secured, validUntil }) => ({
      credential: id,
      basis,
      grants: grantsInCredential(secured),
      validUntil: validUntil === null ? null : formatTime(validUntil),
    })),
    used: await needs.usage.page(agent.id, needs.clock() - usageWindow, { limit: usesShown }),
    approvals: await needs.accessRequests.approvals(request.id, request.digest),
  }
}
