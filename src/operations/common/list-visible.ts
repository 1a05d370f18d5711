import type { CredentialFilter, ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import type { HandOver } from '../../directory/hand-over.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { PageRequest } from '../../foundation/page.ts'
import type { AccessRequest, AccessRequestFilter } from '../../governance/access-request.ts'
import { type UsageRecord, usageWindow } from '../../governance/usage.ts'
import { findAgent } from './find-visible.ts'

/** Administrators, issuers and auditors list all agents; a person lists those they answer for. */
export async function listAgents(
  { agents }: Pick<Deps, 'agents'>,
  caller: Caller,
  { state }: { readonly state?: Agent['state'] | undefined },
  page: PageRequest,
): Promise<readonly Agent[]> {
  if (hasRole(caller, 'administrator', 'issuer', 'auditor')) return agents.list({ state }, page)
  if (!caller.person) throw new ServiceError('caller_forbidden', 'only people own agents')
  return agents.list({ state, answerable: caller.person }, page)
}

/** Administrators, issuers and auditors list all credentials; others those of an agent they may know of. */
export async function listCredentials(
  needs: Pick<Deps, 'agents' | 'credentials' | 'clock'>,
  caller: Caller,
  filter: CredentialFilter,
  page: PageRequest,
): Promise<readonly ListedCredential[]> {
  if (!hasRole(caller, 'administrator', 'issuer', 'auditor')) {
    if (!filter.agentId)
      throw new ServiceError(
        'request_malformed',
        'query at agent: name the agent whose credentials you want to list',
      )
    await findAgent(needs, caller, filter.agentId)
  }
  return needs.credentials.list(filter, page, needs.clock())
}

/** Administrators and auditors list all offers; a person lists those made to or by them. */
export async function listHandOvers(
  { handOvers, clock }: Pick<Deps, 'handOvers' | 'clock'>,
  caller: Caller,
  page: PageRequest,
): Promise<readonly HandOver[]> {
  if (hasRole(caller, 'administrator', 'auditor')) return handOvers.list({}, page, clock())
  return caller.person ? handOvers.list({ person: caller.person }, page, clock()) : []
}

/** Administrators, auditors and approvers list all requests; others those of an agent they may know of. */
export async function listRequests(
  needs: Pick<Deps, 'agents' | 'accessRequests'>,
  caller: Caller,
  filter: AccessRequestFilter,
  page: PageRequest,
): Promise<readonly AccessRequest[]> {
  if (filter.agentId) await findAgent(needs, caller, filter.agentId)
  else if (!hasRole(caller, 'administrator', 'auditor', 'approver'))
    throw new ServiceError('caller_forbidden', 'name an agent that you answer for')
  return needs.accessRequests.list(filter, page)
}

/** Directories list all agents that are not retired, by offset. */
export const listProvisionedAgents = (
  { agents }: Pick<Deps, 'agents'>,
  ...asked: Parameters<Deps['agents']['window']>
): ReturnType<Deps['agents']['window']> => agents.window(...asked)

/** What an agent was allowed in the last 90 days, for those who may know of the agent. */
export async function listUsage(
  needs: Pick<Deps, 'agents' | 'usage' | 'clock'>,
  caller: Caller,
  agentId: Id,
  page: Parameters<Deps['usage']['page']>[2],
): Promise<readonly UsageRecord[]> {
  const agent = await findAgent(needs, caller, agentId)
  return needs.usage.page(agent.id, needs.clock() - usageWindow, page)
}
