import { verifiedDocument } from '../../credential/authenticate-credential.ts'
import type { Deps } from '../../deps.ts'
import { isDid } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import { authenticatePresentation } from '../../presentation/authenticate-presentation.ts'
import { isInTime, openChallenge } from '../../presentation/challenge.ts'
import { parsePresentation } from '../../presentation/parse-presentation.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import { answerOnly, type Change, insteadOn } from '../common/change.ts'
import { type Accepted, acceptPresented } from './accept-presented.ts'
import {
  type Authenticated,
  areAuthentic,
  authenticateAll,
  authenticatePresented,
} from './authenticate-presented.ts'
import { type JudgeNeeds, needsNetwork } from './judge-credential.ts'

type Needs = JudgeNeeds & Pick<Deps, 'requests' | 'rules' | 'settings'>

export interface PresentationVerdict {
  readonly refusal: Refusal | undefined
  readonly caution: Refusal | undefined
  readonly holder: string | undefined
  /** Flaws of the single credentials, in their order. */
  readonly credentials: readonly (Refusal | undefined)[]
  /** The credentials as they were verified, in their order. */
  readonly verifiedDocuments: readonly (JsonObject | undefined)[]
  readonly statusAge: Seconds | undefined
}

/**
 * Verifies a presentation against a challenge and domain that the caller names. A challenge that
 * this service gave to the caller is spent; one of the caller's own is the caller's to keep track of.
 *
 * @see https://w3c-ccg.github.io/vc-api/#verify-presentation
 */
export async function verifyPresentation(
  needs: Needs,
  caller: Caller,
  json: JsonValue,
  options: { readonly challenge: string; readonly domain: string | undefined },
): Promise<Change<PresentationVerdict>> {
  const presentation = parsePresentation(json)
  if (isRefusal(presentation)) return answerOnly(refused(presentation))
  const judged = await judgePresentation(presentation, options, needs)
  if (isRefusal(judged)) return answerOnly(refused(judged, presentation))
  const spent = await spendOwnChallenge(needs, caller, options, presentation)
  if (isRefusal(spent)) return answerOnly(refused(spent, presentation))
  return {
    ...spent,
    answer: await verdictOn(presentation, judged, needs),
    otherwise: insteadOn({
      challenge_spent: () => answerOnly(refused(refuse('challenge_used'), presentation)),
    }),
  }
}

async function verdictOn(
  presentation: Presentation,
  judged: JudgedPresentation,
  needs: Needs,
): Promise<PresentationVerdict> {
  const flaws = judged.authentic.map((one) => (isRefusal(one) ? one : undefined))
  const { accepted } = judged
  return {
    refusal: flaws.find((flaw) => flaw !== undefined),
    caution: isRefusal(accepted) ? accepted : await flawOfAgents(accepted ?? [], needs),
    holder: presentation.holder,
    credentials: flaws,
    verifiedDocuments: judged.authentic.map((one) =>
      isRefusal(one) ? undefined : verifiedDocument(one),
    ),
    statusAge: Array.isArray(accepted)
      ? Math.max(0, ...accepted.map(({ statusAge }) => statusAge))
      : undefined,
  }
}

/** `accepted` is undefined where a signature is not good: nothing more is looked at then. */
interface JudgedPresentation {
  readonly authentic: Authenticated
  readonly accepted: readonly Accepted[] | Refusal | undefined
}

async function judgePresentation(
  presentation: Presentation,
  expected: { readonly challenge: string; readonly domain: string | undefined },
  needs: JudgeNeeds,
): Promise<JudgedPresentation | Refusal> {
  if (!needsNetwork(presentation.holder, needs)) {
    const { holder, credentials } = await authenticatePresented(presentation, expected, needs)
    return isRefusal(holder) ? holder : judgeCredentials(presentation, credentials, needs)
  }
  // A holder whose keys lie on somebody's server is looked up only after a trusted issuer has named it.
  const authentic = await authenticateAll(presentation, needs)
  const early = await judgeCredentials(presentation, authentic, needs)
  const flaw = authentic.find(isRefusal) ?? (isRefusal(early.accepted) ? early.accepted : undefined)
  if (flaw || presentation.credentials.length === 0) return flaw ?? refuse('issuer_untrusted')
  const holder = await authenticatePresentation(presentation, expected, needs)
  return isRefusal(holder) ? holder : early
}

async function judgeCredentials(
  presentation: Presentation,
  authentic: Authenticated,
  needs: JudgeNeeds,
): Promise<JudgedPresentation> {
  if (!areAuthentic(authentic)) return { authentic, accepted: undefined }
  const accepted = await acceptPresented(presentation, authentic, needs, () => undefined)
  return { authentic, accepted }
}

/** Whoever has lent or holds the authority must be active, if it is an agent of this service. */
async function flawOfAgents(
  accepted: readonly Accepted[],
  { rules }: Needs,
): Promise<Refusal | undefined> {
  const named = accepted.flatMap(({ line }) =>
    line.flatMap(({ credential }) => credential.subjects),
  )
  const dids = [...new Set(named.map(({ id }) => id))].filter(isDid)
  const agents = await rules.agents(dids)
  return agents.some((agent) => agent && !agent.isActive) ? refuse('agent_not_active') : undefined
}

async function spendOwnChallenge(
  needs: Needs,
  { actor }: Caller,
  { challenge, domain }: { readonly challenge: string; readonly domain: string | undefined },
  { holder }: Presentation,
): Promise<Pick<Change<null>, 'writes' | 'events'> | Refusal> {
  const binding = { caller: actor, audience: domain ?? '' }
  const own = await openChallenge(challenge, binding, needs.settings.challengeKeys, needs.crypto)
  if (!own) return { writes: [], events: [] }
  if (!isInTime(own, needs.clock())) return refuse('challenge_invalid')
  const facts = { verified: true, reason: null, holder }
  return {
    writes: [needs.requests.spend(own)],
    events: [{ type: 'presentation.verified', actor, facts }],
  }
}

const refused = (refusal: Refusal, presentation?: Presentation): PresentationVerdict => ({
  refusal,
  caution: undefined,
  holder: presentation?.holder,
  credentials: [],
  verifiedDocuments: [],
  statusAge: undefined,
})
