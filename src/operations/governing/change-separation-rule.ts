import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Caller } from '../../directory/caller.ts'
import { humanOf } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { firstIdOf, type Id } from '../../foundation/id.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { cite, type GovernanceDocument, type InForce } from '../../governance/document.ts'
import {
  type DutyScan,
  otherSide,
  type SeparationRule,
  sidesOfGrants,
  sidesOfRoles,
  type Violation,
} from '../../governance/separation-rule.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import { parseGrants } from '../../permission/parse-permission.ts'
import { carryOut } from '../common/carry-out.ts'
import type { Change } from '../common/change.ts'
import { readEveryPage } from '../common/read-every-page.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import { isLent, issuerOfHeld, partyOf } from '../enforcing/check-duties-held.ts'
import { grantsInCredential } from '../enforcing/grants-in-credential.ts'
import { partyOfHuman } from '../enforcing/join-person-records.ts'
import { putDocument, withdrawDocument } from './change-governance-document.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'documents' | 'duties' | 'credentials' | 'agents' | 'people' | 'issuers'
>

type LookNeeds = Needs & Pick<Deps, 'commit'>

const batch = 500
/** How long the scan runs before the caller who put the rule gets an answer. */
const patience = 2_000

/**
 * Puts a separation rule into force. A scan of existing credentials starts; until it is done,
 * nothing is issued that the rule applies to.
 */
export async function putSeparationRule(
  needs: Needs,
  caller: Caller,
  name: string,
  rule: SeparationRule,
): Promise<Change<GovernanceDocument<'separation-rule'>>> {
  const begin = (document: Pick<GovernanceDocument, 'name' | 'version'>) => [
    ...needs.duties.forget(citePrevious(document)),
    needs.duties.setScan({ rule: cite(document), lookedUntil: null, isDone: false }),
  ]
  return putDocument(needs, caller, 'separation-rule', name, rule, begin)
}

/** Scans for a moment right after a rule was put into force. The job goes on from there. */
export async function scanDutiesAtOnce(needs: LookNeeds): Promise<void> {
  const end = needs.clock() + patience
  while (needs.clock() < end && (await scanDuties(needs)));
}

export const withdrawSeparationRule = (
  needs: Needs,
  caller: Caller,
  name: string,
): Promise<Change<GovernanceDocument<'separation-rule'>>> =>
  withdrawDocument(needs, caller, 'separation-rule', name, (document) =>
    needs.duties.forget(citePrevious(document)),
  )

const citePrevious = ({ name, version }: Pick<GovernanceDocument, 'name' | 'version'>): string =>
  cite({ name, version: version - 1 })

/** Scans a batch of existing credentials for new rules. Returns whether any are left. */
export async function scanDuties(needs: LookNeeds): Promise<boolean> {
  const scans = await needs.duties.openScans()
  if (scans.length === 0) return false
  const rules = await needs.documents.inForce('separation-rule')
  for (const scan of scans) {
    const rule = rules.find((one) => cite(one) === scan.rule)
    await carryOut(needs, () =>
      rule
        ? retryOnConflict(() => lookFrom(needs, rule, scan))
        : { writes: needs.duties.forget(scan.rule), events: [], answer: null },
    )
  }
  return (await needs.duties.openScans()).length > 0
}

async function lookFrom(
  needs: Needs,
  rule: InForce<'separation-rule'>,
  scan: DutyScan,
): Promise<Change<null>> {
  const now = needs.clock()
  // A permission is valid for at most a day, so older ones have ended.
  const oldest = firstIdOf(now - permissionLifetime.max * 1000)
  const after = scan.lookedUntil ?? oldest
  const held = await needs.credentials.list({}, { after, limit: batch }, now)
  const writes: Write[] = []
  for (const credential of held) writes.push(...(await dutiesIn(needs, rule, credential)))
  const isDone = held.length < batch
  const lookedUntil: Id = held.at(-1)?.id ?? after
  writes.push(needs.duties.setScan({ ...scan, lookedUntil, isDone }))
  return { writes, events: [], answer: null }
}

async function dutiesIn(
  needs: Needs,
  rule: InForce<'separation-rule'>,
  credential: ListedCredential,
): Promise<readonly Write[]> {
  const { agentId, secured, credentialId, validUntil, state, basis } = credential
  if (state === 'revoked' || state === 'expired' || isLent(basis)) return []
  const { body } = rule
  const agent = agentId && (await needs.agents.find(agentId))
  const grants = parseGrants(grantsInCredential(secured))
  if (!agent || isRefusal(grants) || validUntil === null || body.transaction !== undefined)
    return []
  const sides = sidesOfGrants(body, grants)
  if (sides.length === 0) return []
  const { key, guards } = await partyOf(needs, body, agent)
  const issuer = await issuerOfHeld(needs, credential)
  return [
    ...guards,
    ...sides.flatMap((side) =>
      needs.duties.note({ rule: cite(rule), party: key, side, issuer, credentialId, validUntil }),
    ),
  ]
}

const mostViolations = 1_000

/**
 * Lists the parties that have both duties of a rule now: by credentials, by roles, or by acts in
 * one transaction.
 */
export async function violationsOf(
  needs: Pick<Deps, 'clock' | 'duties' | 'people' | 'agents'>,
  rule: InForce<'separation-rule'>,
): Promise<readonly Violation[]> {
  const now = needs.clock()
  const held = await needs.duties.violations(cite(rule), now, mostViolations)
  const known = new Set(held.map(({ party }) => party))
  const others = [
    ...(await needs.duties.didBoth(rule.name, mostViolations)),
    ...(await violatingByRole(needs, rule, now)),
  ].filter((party) => !known.has(party))
  const found = [...new Set(others)].map((party): Violation => ({ party, credentials: [[], []] }))
  return [...held, ...found].slice(0, mostViolations)
}

async function violatingByRole(
  needs: Pick<Deps, 'duties' | 'people' | 'agents'>,
  rule: InForce<'separation-rule'>,
  now: number,
): Promise<readonly string[]> {
  const { body } = rule
  if (!body.sides.some(({ roles }) => roles)) return []
  const violating: string[] = []
  for (const [key, roles] of await rolesOfParties(needs, body)) {
    const [one, ...more] = sidesOfRoles(body, [...roles])
    if (one === undefined) continue
    if (more.length > 0 || (await needs.duties.isHeld(cite(rule), [key], otherSide(one), now)))
      violating.push(key)
  }
  return violating
}

/**
 * The roles of each party. A human being has the roles of all their records and of all agents they
 * own, as in `people.rolesOf`.
 */
async function rolesOfParties(
  { people, agents }: Pick<Deps, 'people' | 'agents'>,
  { party }: SeparationRule,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = new Map<string, Set<string>>()
  const add = (key: string, roles: readonly string[]) => {
    const before = known.get(key) ?? new Set()
    known.set(key, before)
    for (const role of roles) before.add(role)
  }
  if (party === 'agent') {
    for (const { did, roles } of await readEveryPage((page) =>
      agents.list({ state: 'active' }, page),
    ))
      add(`agent:${did}`, roles)
    return known
  }
  const humans = new Map<Id, Id>()
  for (const person of await readEveryPage((page) => people.list(page))) {
    humans.set(person.id, humanOf(person))
    if (isActing(person)) add(partyOfHuman(humanOf(person)), person.roles)
  }
  for (const { owner, state, roles } of await readEveryPage((page) => agents.list({}, page)))
    if (state !== 'retired') add(partyOfHuman(humans.get(owner) ?? owner), roles)
  return known
}
