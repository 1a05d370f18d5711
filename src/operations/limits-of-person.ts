import type { Agent } from '../agent/agent.ts'
import type { Write } from '../database.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { entitlementsFor, isWithinEntitlement } from '../governance/entitlement.ts'

type Needs = Pick<Deps, 'people' | 'governance' | 'ceilings'>

/**
 * An employee's agent never holds more than its person does: what it is to have must be within an
 * entitlement that the person's roles give. Returns what must still hold when it is issued.
 *
 * @throws ServiceError `role_exceeded`.
 */
export async function limitsOfPerson(
  needs: Needs,
  agent: Agent,
  purpose: string,
  asked: Parameters<typeof isWithinEntitlement>[1],
): Promise<readonly Write[]> {
  if (agent.kind !== 'employee') return []
  const person = await needs.people.find(agent.owner)
  if (!person) throw new ServiceError('internal', 'the agent has no owner')
  const documents = await needs.governance.inForce('entitlement')
  const ceilings = await needs.ceilings.of(agent.id)
  const given = entitlementsFor(documents, person.roles, purpose, ceilings)
  if (person.state !== 'active' || !given.some((one) => isWithinEntitlement(one, asked)))
    throw new ServiceError('role_exceeded', "no role of the agent's person gives this")
  return [needs.people.mustHaveRoles(person.id, person.roles)]
}
