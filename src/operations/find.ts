import type { Agent } from '../agent/agent.ts'
import { type Caller, hasRole, type Role } from '../agent/caller.ts'
import type { TaskRecord } from '../agent/task.ts'
import type { Issuer } from '../credential/issuer.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AccessRequest } from '../governance/access-request.ts'
import type { Id } from '../id.ts'

/**
 * Whether the caller may know of the agent: administrators, issuers and auditors know all, owners
 * those that they answer for, an agent itself. For all others it is as if there were none.
 */
export const mayKnow = (caller: Caller, agent: Agent): boolean =>
  hasRole(caller, 'administrator', 'issuer', 'auditor') ||
  isAnswerable(caller, agent) ||
  caller.agent === agent.id

export async function findAgent(
  needs: Pick<Deps, 'agents'>,
  caller: Caller,
  id: Id,
): Promise<Agent> {
  const agent = await needs.agents.find(id)
  if (agent && mayKnow(caller, agent)) return agent
  throw new ServiceError('not_found', 'there is no such agent')
}

export const isAnswerable = ({ person }: Caller, { owner, deputy }: Agent): boolean =>
  person !== undefined && (person === owner || person === deputy)

/** The agent, if the caller answers for it, administers all, or has one of the other roles. */
export async function findAgentInCharge(
  needs: Pick<Deps, 'agents'>,
  caller: Caller,
  id: Id,
  ...others: readonly Role[]
): Promise<Agent> {
  const agent = await needs.agents.find(id)
  if (agent && (hasRole(caller, 'administrator', ...others) || isAnswerable(caller, agent)))
    return agent
  throw new ServiceError('not_found', 'there is no such agent')
}

/** A request is known to whoever made it or may know of its agent, and to all who approve. */
export async function findRequest(
  needs: Pick<Deps, 'agents' | 'accessRequests'>,
  caller: Caller,
  id: Id,
): Promise<AccessRequest> {
  const request = await needs.accessRequests.find(id)
  const agent = request && (await needs.agents.find(request.agentId))
  const isKnown =
    agent &&
    (request.requester === caller.actor || hasRole(caller, 'approver') || mayKnow(caller, agent))
  if (!isKnown) throw new ServiceError('not_found', 'there is no such request')
  return request
}

export async function findTask(needs: Pick<Deps, 'tasks'>, id: Id): Promise<TaskRecord> {
  const task = await needs.tasks.find(id)
  if (!task) throw new ServiceError('not_found', 'there is no such task')
  return task
}

/** By name, or by id. */
export async function findIssuer(needs: Pick<Deps, 'issuers'>, name: string): Promise<Issuer> {
  const issuer = await needs.issuers.findByName(name)
  if (!issuer) throw new ServiceError('not_found', 'there is no such issuer')
  return issuer
}
