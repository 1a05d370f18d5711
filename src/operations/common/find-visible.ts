import type { Issuer } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Caller, hasRole, type Role } from '../../directory/caller.ts'
import type { HandOver } from '../../directory/hand-over.ts'
import type { TaskRecord } from '../../directory/task.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { AccessRequest } from '../../governance/access-request.ts'

/**
 * Whether the caller may know of the agent: administrators, issuers and auditors know all agents,
 * owners and deputies theirs, an agent itself. To all others it does not exist.
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

/** An agent that a directory provisions. A retired one no longer exists for it. */
export async function findProvisionedAgent(needs: Pick<Deps, 'agents'>, id: Id): Promise<Agent> {
  const agent = await needs.agents.find(id)
  if (!agent || agent.state === 'retired')
    throw new ServiceError('not_found', 'there is no such resource')
  return agent
}

export const isAnswerable = ({ person }: Caller, { owner, deputy }: Agent): boolean =>
  person !== undefined && (person === owner || person === deputy)

/**
 * Finds the agent for a caller who is its owner or deputy, an administrator, or has one of the
 * other roles.
 */
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

/**
 * Finds the agent for a caller who may prove a key for it. While it is pending these are its owner
 * and administrators, who confirm it; later also its deputy and the agent itself.
 */
export async function findAgentToProve(
  needs: Pick<Deps, 'agents'>,
  caller: Caller,
  id: Id,
): Promise<Agent> {
  const agent = await needs.agents.find(id)
  const isAllowed =
    agent &&
    (hasRole(caller, 'administrator') ||
      caller.person === agent.owner ||
      (agent.state !== 'pending' && (isAnswerable(caller, agent) || caller.agent === id)))
  if (!isAllowed) throw new ServiceError('not_found', 'there is no such agent')
  return agent
}

/**
 * The person who made an offer, the person asked, and everyone who may know of the agent may see
 * it.
 */
export async function findHandOver(
  needs: Pick<Deps, 'agents' | 'handOvers' | 'clock'>,
  caller: Caller,
  agentId: Id,
): Promise<HandOver> {
  const handOver = await needs.handOvers.find(agentId, needs.clock())
  const agent = handOver && (await needs.agents.find(agentId))
  const isKnown = agent && (caller.person === handOver.to || mayKnow(caller, agent))
  if (!isKnown) throw noOffer()
  return handOver
}

/**
 * The same answer for an offer that does not exist, was replaced, or is not visible to the caller.
 */
export const noOffer = () =>
  new ServiceError('not_found', 'there is no such offer, or it has been answered')

/**
 * A request is visible to those who may know of its agent, to approvers and, in an emergency, to
 * its requester. A requester who no longer answers for the agent no longer sees it.
 */
export async function findRequest(
  needs: Pick<Deps, 'agents' | 'accessRequests'>,
  caller: Caller,
  id: Id,
): Promise<AccessRequest> {
  const request = await needs.accessRequests.find(id)
  const agent = request && (await needs.agents.find(request.agentId))
  const isEmergency = request?.kind === 'break-glass' && request.requester === caller.actor
  const isKnown = agent && (isEmergency || hasRole(caller, 'approver') || mayKnow(caller, agent))
  if (!isKnown) throw new ServiceError('not_found', 'there is no such request')
  return request
}

export async function findTask(needs: Pick<Deps, 'tasks'>, id: Id): Promise<TaskRecord> {
  const task = await needs.tasks.find(id)
  if (!task) throw noTask()
  return task
}

/**
 * A task is visible to administrators, issuers and auditors, to its host, to the agents it names,
 * and to holders of a permission under it, live or ended.
 */
export async function findKnownTask(
  needs: Pick<Deps, 'tasks' | 'agents' | 'credentials' | 'clock'>,
  caller: Caller,
  id: Id,
): Promise<TaskRecord> {
  const task = await findTask(needs, id)
  if (hasRole(caller, 'administrator', 'issuer', 'auditor')) return task
  const agent = caller.agent && (await needs.agents.find(caller.agent))
  if (!agent) throw noTask()
  if (agent.did !== null && agent.did === task.host) return task
  if (task.agents.includes(agent.id)) return task
  const under = { taskId: id, agentId: agent.id }
  const held = await needs.credentials.list(under, { limit: 1 }, needs.clock())
  if (held.length === 0) throw noTask()
  return task
}

export const noTask = () => new ServiceError('not_found', 'there is no such task')

/** By name or id. */
export async function findIssuer(needs: Pick<Deps, 'issuers'>, name: string): Promise<Issuer> {
  const issuer = await needs.issuers.findByName(name)
  if (!issuer) throw new ServiceError('not_found', 'there is no such issuer')
  return issuer
}
