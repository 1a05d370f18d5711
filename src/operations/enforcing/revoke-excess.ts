import type { ListedCredential } from '../../credential/credential-store.ts'
import { requestOf } from '../../credential/issuance-basis.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { replayMemory } from '../../foundation/time.ts'
import { entitlementsFor, isWithinEntitlement } from '../../governance/entitlement.ts'
import { parseGrants } from '../../permission/parse-permission.ts'
import type { StatusCauseName } from '../../status/status-store.ts'
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
 * Revokes what an agent holds beyond these roles: permissions it requested under a role and, for an
 * employee's agent, all permissions. Permissions that an issuer gave to an employee's agent on its
 * own word cannot be compared with roles, so they are revoked.
 */
export async function revokeExcess(
  needs: RevokeNeeds,
  agent: Agent,
  roles: readonly string[],
  cause: StatusCauseName,
  ceilings?: Parameters<typeof entitlementsFor>[3],
): Promise<Revocations> {
  const now = needs.clock()
  const documents = await needs.governance.inForce('entitlement')
  const narrowed = ceilings ?? (await needs.ceilings.of(agent.id))
  const beyond: ListedCredential[] = []
  // What only this node's clock calls expired is revoked as well: other clocks may be behind.
  const heldAt = now - replayMemory
  const held = await listHeld(needs, agent.id, heldAt)
  for (const credential of held)
    if (!(await isStillDue(needs, agent, credential, { roles, documents, ceilings: narrowed })))
      beyond.push(credential)
  return {
    writes: [
      // Permissions issued concurrently under the old roles are caught by the callers' retries.
      needs.agents.mustBeUnchanged(agent, 'alone'),
      needs.credentials.mustHold(agent.id, held.length, heldAt),
      ...beyond.flatMap(({ issuerId, slot }) =>
        needs.status.addCause(issuerId, 'revocation', slot, cause, now),
      ),
    ],
    credentials: beyond.map(({ id }) => id),
  }
}

/** What the agent may have. */
interface Due {
  readonly roles: readonly string[]
  readonly documents: Parameters<typeof entitlementsFor>[0]
  readonly ceilings: Parameters<typeof entitlementsFor>[3]
}

async function isStillDue(
  needs: RevokeNeeds,
  agent: Agent,
  { basis }: ListedCredential,
  { roles, documents, ceilings }: Due,
): Promise<boolean> {
  const isPersonal = agent.kind === 'employee'
  const requestId = requestOf(basis)
  if (requestId === undefined) return !isPersonal
  const request = await needs.accessRequests.find(requestId)
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
