import type { Agent } from '../agent/agent.ts'
import type { Person } from '../agent/party.ts'
import type { Write } from '../database.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { cite, type InForce } from '../governance/document.ts'
import {
  otherSide,
  type SeparationRule,
  type SideIndex,
  sidesOfGrants,
  sidesOfRoles,
} from '../governance/separation-rule.ts'
import { parseGrants } from '../permission/parse-permission.ts'
import type { Grant } from '../permission/permission.ts'
import { isRefusal } from '../refusal.ts'
import type { Milliseconds } from '../time.ts'
import { grantsIn } from './grants-in.ts'
import { heldBy } from './held-by.ts'

export type DutyNeeds = Pick<Deps, 'clock' | 'people' | 'governance' | 'documents' | 'duties'>

/** What somebody is to hold. */
export interface Holding {
  readonly grants: readonly Grant[]
  readonly credentialId: string
  readonly validUntil: Milliseconds
}

/**
 * Keeps duties apart when a permission is given to an agent: whoever it is given to, and whoever is
 * behind them, must not come to have both sides of a rule. Returns what must be written with it.
 *
 * @throws ServiceError `separation_of_duties`.
 */
export async function separateDuties(
  needs: DutyNeeds,
  agent: Agent,
  holding: Holding,
): Promise<readonly Write[]> {
  const rules = await needs.governance.inForce('separation-rule')
  const known = needs.documents.mustBeInForce('separation-rule', rules)
  const now = needs.clock()
  const writes: Write[] = [known]
  for (const rule of rules) {
    const party = await partyOf(needs, rule.body, agent)
    for (const side of await newSides(needs, rule, party, holding.grants))
      writes.push(
        ...needs.duties.take(
          {
            rule: cite(rule),
            party: party.key,
            side,
            credentialId: holding.credentialId,
            validUntil: holding.validUntil,
          },
          now,
        ),
      )
  }
  return writes
}

/** The rule, cited, that forbids an agent to hold this; undefined if none does. Nothing is written. */
export async function flawOfDuties(
  needs: DutyNeeds,
  agent: Agent,
  grants: readonly Grant[],
): Promise<string | undefined> {
  try {
    await separateDuties(needs, agent, { grants, credentialId: '', validUntil: 0 })
    return undefined
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'separation_of_duties') return error.detail
    throw error
  }
}

/**
 * Keeps duties apart when somebody else comes to answer for an agent: what it holds becomes theirs.
 *
 * @throws ServiceError `separation_of_duties`.
 */
export async function separateHandedOver(
  needs: DutyNeeds & Pick<Deps, 'credentials'>,
  agent: Agent,
  owner: Person,
): Promise<readonly Write[]> {
  const rules = (await needs.governance.inForce('separation-rule')).filter(
    ({ body }) => body.party === 'person',
  )
  if (rules.length === 0 || owner.id === agent.owner) return []
  const writes: Write[] = []
  for (const { secured, credentialId, validUntil } of await heldBy(needs, agent.id)) {
    const grants = parseGrants(grantsIn(secured))
    if (isRefusal(grants) || validUntil === null) continue
    const holding = { grants, credentialId, validUntil }
    writes.push(...(await separateDuties(needs, { ...agent, owner: owner.id }, holding)))
  }
  return writes
}

/** Whose duties a rule looks at, where an agent acts. */
export interface Party {
  readonly key: string
  readonly roles: readonly string[]
}

export async function partyOf(
  { people }: Pick<Deps, 'people'>,
  rule: SeparationRule,
  agent: Pick<Agent, 'did' | 'owner' | 'roles'>,
): Promise<Party> {
  if (rule.party === 'agent') return { key: `agent:${agent.did}`, roles: agent.roles }
  const owner = await people.find(agent.owner)
  if (!owner) throw new ServiceError('internal', 'the agent has no owner')
  return { key: personKey(owner), roles: [...owner.roles, ...agent.roles] }
}

/** One for all records of a human being. */
export const personKey = ({ id, identityOf }: Pick<Person, 'id' | 'identityOf'>): string =>
  `person:${identityOf ?? id}`

async function newSides(
  needs: DutyNeeds,
  rule: InForce<'separation-rule'>,
  { key, roles }: Party,
  grants: readonly Grant[],
): Promise<readonly SideIndex[]> {
  const { body } = rule
  // A rule for single transactions is asked when somebody acts.
  if (body.transaction !== undefined) return []
  const taken = sidesOfGrants(body, grants)
  if (taken.length === 0) return []
  const scan = await needs.duties.scan(cite(rule))
  if (!scan?.isDone)
    throw conflict(rule, 'it is being introduced, and who holds what is not known yet')
  const byRole = sidesOfRoles(body, roles)
  for (const side of taken) {
    const other = otherSide(side)
    const hasOther =
      taken.includes(other) ||
      byRole.includes(other) ||
      (await needs.duties.isHeld(cite(rule), [key], other, needs.clock()))
    if (hasOther)
      throw conflict(
        rule,
        `whoever has “${body.sides[other].name}” does not get “${body.sides[side].name}”`,
      )
  }
  return taken
}

const conflict = (rule: InForce<'separation-rule'>, because: string) =>
  new ServiceError('separation_of_duties', `${cite(rule)}: ${because}`)
