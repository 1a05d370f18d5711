import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { entitlementsFor, isWithinEntitlement } from '../../governance/entitlement.ts'
import { parseGrants } from '../../permission/parse-permission.ts'
import { listHeld } from './list-held.ts'

export type RevokeNeeds = Pick<
  Deps,
  | 'clock'
  | 'agents'
  | 'credentials'
  | 'status'
  | 'accessRequests'
  | 'governance'
  | 'ceilings'
  | 'tasks'
>

export interface Revocations {
  readonly writes: readonly Write[]
  readonly credentials: readonly Id[]
}

/**
 * What an agent holds now and would not be given any more: what it asked for as a role's due, and
 * for an agent of an employee everything, must be within what these roles give. Of what an issuer
 * gave on its own word to such an agent nobody can tell: it goes.
 */
export async function revokeExcess(
  needs: RevokeNeeds,
  agent: Agent,
  roles: readonly string[],
  cause: string,
  ceilings?: Parameters<typeof entitlementsFor>[3],
): Promise<Revocations> {
  const now = needs.clock()
  const documents = await needs.governance.inForce('entitlement')
  const narrowed = ceilings ?? (await needs.ceilings.of(agent.id))
  const beyond: ListedCredential[] = []
  const held = await listHeld(needs, agent.id)
  for (const credential of held)
    if (!(await isStillDue(needs, agent, credential, roles, documents, narrowed)))
      beyond.push(credential)
  return {
    writes: [
      // What is issued at the same moment, on the old roles, is looked at too: see the callers' retries.
      needs.agents.mustBeUnchanged(agent, 'alone'),
      needs.credentials.mustHold(agent.id, held.length, now),
      ...beyond.flatMap(({ issuerId, slot }) =>
        needs.status.addCause(issuerId, 'revocation', slot, cause, now),
      ),
    ],
    credentials: beyond.map(({ id }) => id),
  }
}

async function isStillDue(
  needs: RevokeNeeds,
  agent: Agent,
  { basis }: ListedCredential,
  roles: readonly string[],
  documents: Parameters<typeof entitlementsFor>[0],
  ceilings: Parameters<typeof entitlementsFor>[3],
): Promise<boolean> {
  const isPersonal = agent.kind === 'employee'
  if (!basis.startsWith('request:')) return !isPersonal
  const request = await needs.accessRequests.find(basis.slice('request:'.length) as Id)
  if (!request) return false
  if (request.entitlement === null && !isPersonal) return true
  const task = await needs.tasks.find(request.taskId)
  const grants = parseGrants(request.terms.grants)
  if (!task || isRefusal(grants)) return false
  const asked = { ...request.terms, grants, delegation: request.terms.delegation }
  return entitlementsFor(documents, roles, task.purpose, ceilings).some((one) =>
    isWithinEntitlement(one, asked),
  )
}
