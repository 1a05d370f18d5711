import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { isAnswerable, mayKnow } from './find-visible.ts'

type Needs = Pick<Deps, 'agents' | 'credentials' | 'clock'>

const noCredential = () => new ServiceError('not_found', 'there is no such credential')

/** The credential, for administrators, issuers, auditors, and those who may know of its agent. */
export async function findCredential(
  needs: Needs,
  caller: Caller,
  id: Id,
): Promise<ListedCredential> {
  const credential = await needs.credentials.find(id, needs.clock())
  if (!credential) throw noCredential()
  if (hasRole(caller, 'administrator', 'issuer', 'auditor')) return credential
  const agent = credential.agentId ? await needs.agents.find(credential.agentId) : undefined
  if (agent && mayKnow(caller, agent)) return credential
  throw noCredential()
}

/**
 * The credential, for those who may change it: administrators, issuers, owner and deputy of its agent,
 * and the agent. An auditor may read all credentials and change none.
 */
export async function findChangeableCredential(
  needs: Needs,
  caller: Caller,
  id: Id,
): Promise<ListedCredential> {
  const credential = await findCredential(needs, caller, id)
  if (hasRole(caller, 'administrator', 'issuer')) return credential
  const agent = credential.agentId ? await needs.agents.find(credential.agentId) : undefined
  if (agent && (isAnswerable(caller, agent) || caller.agent === agent.id)) return credential
  throw noCredential()
}

/** All credentials that have an `id`, for callers who may change any credential. */
export async function findCredentialsByOwnId(
  needs: Needs,
  credentialId: string,
): Promise<readonly ListedCredential[]> {
  const found = await needs.credentials.findByCredentialId(credentialId, needs.clock())
  if (found.length === 0) throw noCredential()
  return found
}
