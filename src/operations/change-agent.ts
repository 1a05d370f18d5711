import type { Agent } from '../agent/agent.ts'
import { type Caller, hasRole } from '../agent/caller.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Id } from '../id.ts'
import { checkAnswerable, checkRoles } from './register-agent.ts'
import { type RevokeNeeds, revokeBeyond } from './revoke-beyond.ts'
import { type DutyNeeds, separateHandedOver } from './separate-duties.ts'

type Needs = RevokeNeeds & DutyNeeds & Pick<Deps, 'commit' | 'agents'>

/** Gives an agent other roles. What it holds as the due of a role that it loses is revoked in the same commit. */
export async function assignRoles(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  roles: readonly string[],
): Promise<Agent> {
  await checkRoles(
    needs,
    caller,
    roles.filter((role) => !agent.roles.includes(role)),
  )
  const revoked =
    agent.kind === 'employee'
      ? { writes: [], credentials: [] }
      : await revokeBeyond(needs, agent, roles, 'role')
  const { actor } = caller
  return needs.commit(
    [needs.agents.assignRoles(agent.id, roles), ...revoked.writes],
    [
      { type: 'agent.roles-assigned', actor, facts: { agent: agent.id, roles } },
      ...revoked.credentials.map(
        (credential): AuditEvent => ({
          type: 'credential.revoked',
          actor,
          facts: { credential, cause: 'role' },
        }),
      ),
    ],
    { ...agent, roles },
  )
}

/** Puts others in charge of an agent. An agent of an employee acts for that person, and stays theirs. */
export async function handOver(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  owner: Id,
  deputy: Id | null,
): Promise<Agent> {
  if (!hasRole(caller, 'administrator', 'provisioner') && caller.person !== agent.owner)
    throw new ServiceError('caller_forbidden', 'the owner or an administrator hands an agent over')
  if (agent.kind === 'employee' && owner !== agent.owner)
    throw new ServiceError(
      'request_unprocessable',
      'an agent of an employee acts for that person alone',
    )
  const answerable = await checkAnswerable(needs, owner, deputy)
  const duties = await separateHandedOver(needs, agent, (await needs.people.find(owner))!)
  const facts = { agent: agent.id, from: agent.owner, to: owner }
  return needs.commit(
    [...answerable, needs.agents.handOver(agent.id, owner, deputy), ...duties],
    [{ type: 'agent.handed-over', actor: caller.actor, facts }],
    { ...agent, owner, deputy },
  )
}
