import type { Did } from '../../did/syntax.ts'
import type { Write } from '../../foundation/database.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import type { Chain, PresentedLink } from '../../permission/chain.ts'
import { digestsOfLine, type LineDigests } from '../../permission/chain-digests.ts'
import { authorityOf, authorize } from '../../permission/decide.ts'
import type { Situation } from '../../permission/invocation.ts'
import {
  flawOfRules,
  type LocalRules,
  policyRequestOf,
  type Ruled,
} from '../../permission/local-rules.ts'
import { type Count, countsOf } from '../../permission/meter.ts'
import type { Grant } from '../../permission/permission.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import type { Accepted, Note } from '../verifying/accept-presented.ts'

export interface AuthorityNeeds {
  readonly rules: LocalRules
  readonly crypto: Pick<CryptoProvider, 'sha256'>
}

/** What an allowed request rests on. */
export interface Grounds {
  readonly chain: Chain
  readonly grant: Grant
  readonly statusAge: Seconds
  /** Of what was presented, and of the status that was looked at. */
  readonly digests: LineDigests
  /** To be counted before anything is allowed; empty where the grant has no limits. */
  readonly counts: readonly Count[]
  /** To be written with the decision, or it is none. */
  readonly writes: readonly Write[]
}

/** What was found, and what local policy was or would have been asked. */
export interface AssessedAuthority {
  readonly outcome: Grounds | Refusal
  readonly asked: PolicyRequest | undefined
  /** Versions of the policies that were in force. */
  readonly policies: string | undefined
}

/**
 * Authority in force: what one grant of one chain covers, within the overlays and local policy.
 *
 * @see permission-model.md, 4
 */
export async function assessAuthority(
  needs: AuthorityNeeds,
  accepted: readonly Accepted[],
  audience: Did,
  situation: Situation,
  note: Note,
): Promise<AssessedAuthority> {
  const covering = findCovering(accepted, audience, situation)
  note('a grant covers the request', isRefusal(covering) ? covering : undefined)
  if (isRefusal(covering)) return { outcome: covering, asked: undefined, policies: undefined }
  // Read once: a rule that changes meanwhile is for the next decision.
  const overlaysRead = needs.rules.overlays()
  const policiesRead = needs.rules.policies()
  const overlays = overlaysRead instanceof Promise ? await overlaysRead : overlaysRead
  const policies = policiesRead instanceof Promise ? await policiesRead : policiesRead
  const version = policies?.version
  let last: AssessedAuthority | undefined
  for (const { line, chain, grant, statusAge } of covering) {
    const agentsRead = needs.rules.agents(chain.subjects)
    const agents = agentsRead instanceof Promise ? await agentsRead : agentsRead
    const ruled = { chain, grant, audience, situation }
    const asked = policyRequestOf(ruled, agents)
    const crossing = needs.rules.crossing(ruled, agents)
    const crossed = crossing instanceof Promise ? await crossing : crossing
    note('no segment is crossed but through a door', crossed)
    const flaw =
      crossed ??
      flawOfRules({ overlays, policies, agents }, ruled, asked, note) ??
      (await exceeded(needs, ruled, agents, note))
    const separated = flaw ?? (await separate(needs, ruled, note))
    const counts = isRefusal(separated)
      ? separated
      : await countsFor(needs, chain, grant, situation, note)
    if (!isRefusal(counts)) {
      const writes = isRefusal(separated) ? [] : separated
      const digested = digestsOfLine(line, needs.crypto)
      const digests = digested instanceof Promise ? await digested : digested
      const outcome = { chain, grant, statusAge, digests, counts, writes }
      return { outcome, asked, policies: version }
    }
    last = { outcome: counts, asked, policies: version }
  }
  return last!
}

/** Whether an agent in the chain does more than the person may, for whom it acts. */
async function exceeded(
  { rules }: AuthorityNeeds,
  ruled: Ruled,
  agents: Parameters<LocalRules['limits']>[1],
  note: Note,
): Promise<Refusal | undefined> {
  const asked = rules.limits(ruled, agents)
  if (asked === undefined) return undefined
  const flaw = asked instanceof Promise ? await asked : asked
  note('it is within the roles of the person for whom an agent acts', flaw)
  return flaw
}

/** What keeps the act apart from others, to be written with the decision. */
async function separate(
  { rules }: AuthorityNeeds,
  ruled: Ruled,
  note: Note,
): Promise<readonly Write[] | Refusal> {
  const asked = rules.separation(ruled)
  const separated = asked instanceof Promise ? await asked : asked
  if (separated === undefined) return []
  note('duties stay separate', isRefusal(separated) ? separated : undefined)
  return isRefusal(separated) ? separated : separated.writes
}

type Covering = Omit<Grounds, 'counts' | 'writes' | 'digests'> & {
  readonly line: readonly PresentedLink[]
}

/** One grant of one chain must cover the request alone. */
function findCovering(
  accepted: readonly Accepted[],
  audience: Did,
  situation: Situation,
): readonly Covering[] | Refusal {
  const covering: Covering[] = []
  let last: Refusal = refuse('permission_missing')
  for (const { line, links, statusAge } of accepted) {
    const chain = authorityOf(line, links[0]!.statusPurposes)
    const grant = isRefusal(chain) ? chain : authorize(chain.permission, audience, situation)
    if (isRefusal(grant)) last = grant
    else if (!isRefusal(chain)) covering.push({ line, chain, grant, statusAge })
  }
  return covering.length > 0 ? covering : last
}

async function countsFor(
  { rules, crypto }: AuthorityNeeds,
  chain: Chain,
  grant: Grant,
  { invocation }: Situation,
  note: Note,
): Promise<readonly Count[] | Refusal> {
  const limits = chain.meters.get(grant.id) ?? []
  if (limits.length === 0) return []
  const counts = await countsOf(limits, invocation.amounts ?? {}, rules, crypto)
  note('its limits can be counted here', isRefusal(counts) ? counts : undefined)
  return counts
}
