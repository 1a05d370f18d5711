import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { entitlementsFor, isWithinEntitlement } from '../../governance/entitlement.ts'
import type { Ruled } from '../../permission/local-rules.ts'
import { matchAny } from '../../permission/match.ts'
import type { AgentProfile } from '../../permission/policy.ts'

type Needs = Pick<Deps, 'people' | 'governance' | 'ceilings'>

/**
 * Limits an employee's agent to its person's authority: an entitlement from the person's roles must
 * cover the permission. Returns preconditions of the commit.
 *
 * @throws ServiceError `role_exceeded`.
 */
export async function checkPersonRoles(
  needs: Needs & Pick<Deps, 'documents'>,
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
  if (!isActing(person) || !given.some((one) => isWithinEntitlement(one, asked)))
    throw new ServiceError('role_exceeded', "no role of the agent's person grants this")
  return [
    needs.people.mustHaveRoles(person.id, person.roles),
    needs.documents.mustBeInForce('entitlement', documents),
    needs.ceilings.mustBe(agent.id, ceilings),
  ]
}

/**
 * The same check when an employee's agent acts, or stands above the one that does: it catches
 * delegations made without this service.
 */
export async function flawOfLimits(
  needs: Needs & Pick<Deps, 'agents'>,
  { chain, audience, situation }: Ruled,
  profiles: readonly (AgentProfile | undefined)[],
): Promise<Refusal | undefined> {
  for (const [i, profile] of profiles.entries()) {
    if (profile?.kind !== 'employee') continue
    const agent = await needs.agents.findByDid(chain.subjects[i]!)
    const person = agent && (await needs.people.find(agent.owner))
    if (!person) return refuse('role_exceeded')
    const documents = await needs.governance.inForce('entitlement')
    const ceilings = await needs.ceilings.of(agent.id)
    const { purpose } = situation.invocation
    const isGiven = entitlementsFor(documents, person.roles, purpose, ceilings).some(
      ({ document: { body }, grants }) =>
        body.audience.includes(audience) && !isRefusal(matchAny(grants, situation)),
    )
    if (!isGiven) return refuse('role_exceeded')
  }
  return undefined
}
