import type { ListedCredential } from '../../credential/credential-store.ts'
import { type IssuanceBasis, isDelegation } from '../../credential/issuance-basis.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import { humanOf, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { cite, type InForce } from '../../governance/document.ts'
import {
  otherSide,
  type SeparationRule,
  type SideIndex,
  sidesOfGrants,
  sidesOfRoles,
} from '../../governance/separation-rule.ts'
import { parseGrants } from '../../permission/parse-permission.ts'
import type { Grant } from '../../permission/permission.ts'
import { grantsInCredential } from './grants-in-credential.ts'
import { partyOfHuman } from './join-person-records.ts'
import { listHeld } from './list-held.ts'

export type DutyNeeds = Pick<
  Deps,
  'clock' | 'people' | 'governance' | 'documents' | 'duties' | 'issuers'
>

/** What the party would hold. */
export interface Holding {
  readonly grants: readonly Grant[]
  /** DID. */
  readonly issuer: string
  readonly credentialId: string
  readonly validUntil: Milliseconds
}

/**
 * Enforces separation of duties when an agent receives a permission: neither the agent nor the
 * people who answer for it may end up with both duties of a rule. Returns the writes for the commit.
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
    const sides = await newSides(needs, rule, party, holding.grants)
    if (sides.length > 0) writes.push(...party.guards)
    for (const side of sides)
      writes.push(
        ...needs.duties.take(
          {
            rule: cite(rule),
            party: party.key,
            side,
            issuer: holding.issuer,
            credentialId: holding.credentialId,
            validUntil: holding.validUntil,
          },
          now,
        ),
      )
  }
  return writes
}

/** Cites the rule that forbids the agent to hold this; undefined if none does. Writes nothing. */
export async function flawOfDuties(
  needs: DutyNeeds,
  agent: Agent,
  grants: readonly Grant[],
): Promise<string | undefined> {
  try {
    await separateDuties(needs, agent, {
      grants,
      issuer: '',
      credentialId: '',
      validUntil: 0,
    })
    return undefined
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'separation_of_duties') return error.detail
    throw error
  }
}

/**
 * Enforces separation of duties when another person becomes answerable for an agent, and so for
 * what it holds.
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
  for (const credential of await listHeld(needs, agent.id, needs.clock())) {
    const { secured, credentialId, validUntil, basis } = credential
    if (isLent(basis)) continue
    const grants = parseGrants(grantsInCredential(secured))
    if (isRefusal(grants) || validUntil === null) continue
    const issuer = await issuerOfHeld(needs, credential)
    const holding = { grants, issuer, credentialId, validUntil }
    writes.push(...(await separateDuties(needs, { ...agent, owner: owner.id }, holding)))
  }
  return writes
}

/** DID of the issuer of a permission that was not delegated. */
export async function issuerOfHeld(
  { issuers }: Pick<Deps, 'issuers'>,
  { issuerId }: Pick<ListedCredential, 'issuerId'>,
): Promise<Did> {
  const issuer = await issuers.find(issuerId)
  if (!issuer) throw new ServiceError('internal', 'the credential has no issuer')
  return issuer.did
}

/**
 * A delegated permission counts as a duty once it is used, not when it is issued. Otherwise anyone
 * could take a duty away from a stranger by delegating the other one to the stranger's agent. See
 * check-duties-done.ts.
 */
export const isLent = (basis: IssuanceBasis): boolean => isDelegation(basis)

/** The party whose duties a rule compares for an agent. */
export interface Party {
  readonly key: string
  /** Covers every record of a human being, and every agent that they own. */
  readonly roles: readonly string[]
  /** Preconditions of a commit that relies on the key. */
  readonly guards: readonly Write[]
}

type PartyNeeds = Pick<Deps, 'people'>

export async function partyOf(
  needs: PartyNeeds,
  rule: SeparationRule,
  agent: Pick<Agent, 'did' | 'owner' | 'roles'>,
): Promise<Party> {
  if (rule.party === 'agent') return partyOfAgent(agent)
  const owner = await needs.people.find(agent.owner)
  if (!owner) throw new ServiceError('internal', 'the agent has no owner')
  return partyOfPerson(needs, rule, owner)
}

/** Everyone an agent's acts count for: its owner, and those who had its key sign. */
export async function partiesBehind(
  needs: PartyNeeds & Pick<Deps, 'clock'>,
  rule: SeparationRule,
  agent: Agent,
): Promise<readonly Party[]> {
  if (rule.party === 'agent') return [partyOfAgent(agent)]
  const people = await needs.people.behind(agent, needs.clock())
  return Promise.all(people.map((person) => partyOfPerson(needs, rule, person)))
}

const partyOfAgent = ({ did, roles }: Pick<Agent, 'did' | 'roles'>): Party => ({
  key: `agent:${did}`,
  roles,
  guards: [],
})

async function partyOfPerson(
  { people }: PartyNeeds,
  { sides }: SeparationRule,
  person: Person,
): Promise<Party> {
  const human = humanOf(person)
  return {
    key: partyOfHuman(human),
    roles: sides.some(({ roles }) => roles) ? await people.rolesOf(human) : [],
    guards: [people.mustBeOf(person.id, human)],
  }
}

async function newSides(
  needs: DutyNeeds,
  rule: InForce<'separation-rule'>,
  { key, roles }: Party,
  grants: readonly Grant[],
): Promise<readonly SideIndex[]> {
  const { body } = rule
  // Rules on single transactions apply when someone acts.
  if (body.transaction !== undefined) return []
  const taken = sidesOfGrants(body, grants)
  if (taken.length === 0) return []
  const scan = await needs.duties.scan(cite(rule))
  if (!scan?.isDone)
    throw conflict(
      rule,
      'the rule was just introduced, and existing permissions are still being scanned',
    )
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
        `a party with duty “${body.sides[other].name}” must not receive “${body.sides[side].name}”`,
      )
  }
  return taken
}

const conflict = (rule: InForce<'separation-rule'>, because: string) =>
  new ServiceError('separation_of_duties', `${cite(rule)}: ${because}`)
