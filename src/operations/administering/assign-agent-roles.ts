import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Change } from '../common/change.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import { type RevokeNeeds, revokeExcess } from '../enforcing/revoke-excess.ts'
import { checkRoles } from './register-agent.ts'

type Needs = RevokeNeeds & Pick<Deps, 'agents' | 'people'>

/**
 * Assigns roles to an agent. Permissions that rest on a role it loses are revoked in the same
 * commit.
 *
 * @param rolesOf derives them from the agent as it is stored when the change is committed.
 */
export async function assignRoles(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  rolesOf: (agent: Agent) => readonly string[],
): Promise<Change<Agent>> {
  // The owner and deputy must not have changed since the caller was authorized; otherwise this
  // conflicts until retries end.
  const { id, owner, deputy } = agent
  return retryOnConflict(async () => {
    const known = (await needs.agents.find(id)) ?? agent
    return assignOnce(needs, caller, { ...known, owner, deputy }, rolesOf(known))
  })
}

async function assignOnce(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  roles: readonly string[],
): Promise<Change<Agent>> {
  const added = roles.filter((role) => !agent.roles.includes(role))
  await checkRoles(needs, caller, added, [agent.owner, agent.deputy])
  const revoked =
    agent.kind === 'employee'
      ? { writes: [], credentials: [] }
      : await revokeExcess(needs, agent, roles, 'role')
  const { actor } = caller
  return {
    writes: [...revoked.writes, ...needs.agents.assignRoles(agent, roles)],
    events: [
      { type: 'agent.roles-assigned', actor, facts: { agent: agent.id, roles } },
      ...revoked.credentials.map(
        (credential): AuditEvent => ({
          type: 'credential.revoked',
          actor,
          facts: { credential, cause: 'role' },
        }),
      ),
    ],
    answer: { ...agent, roles },
  }
}
