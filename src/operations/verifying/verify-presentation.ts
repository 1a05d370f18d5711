import type { Deps } from '../../deps.ts'
import { isDid } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import { isInTime, openChallenge } from '../../presentation/challenge.ts'
import { parsePresentation } from '../../presentation/parse-presentation.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import { answerOnly, type Change, insteadOn } from '../common/change.ts'
import type { Accepted } from './accept-presented.ts'
import { type Check, type Examined, examinePresentation } from './examine-presentation.ts'
import type { JudgeNeeds } from './judge-credential.ts'

type Needs = JudgeNeeds & Pick<Deps, 'requests' | 'rules' | 'settings'>

export interface PresentationVerdict {
  readonly refusal: Refusal | undefined
  readonly caution: Refusal | undefined
  readonly holder: string | undefined
  /** Refusals of the single credentials, in their order. */
  readonly credentials: readonly (Refusal | undefined)[]
  /** The verified documents, in their order. */
  readonly verifiedDocuments: readonly (JsonObject | undefined)[]
  readonly statusAge: Seconds | undefined
}

/**
 * Verifies a presentation against the challenge and domain given by the caller. A challenge that
 * this service gave to the caller is spent; callers keep track of their own challenges.
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
  const examined = await examinePresentation(needs, presentation, options, unrecorded)
  if (!examined.isSigned) return answerOnly(refused(unsigned(examined), presentation))
  const spent = await spendOwnChallenge(needs, caller, options, presentation)
  if (isRefusal(spent)) return answerOnly(refused(spent, presentation))
  return {
    ...spent,
    answer: await verdictOn(needs, presentation, examined),
    otherwise: insteadOn({
      challenge_spent: () => answerOnly(refused(refuse('challenge_used'), presentation)),
    }),
  }
}

async function verdictOn(
  needs: Needs,
  presentation: Presentation,
  { credentials, accepted }: Examined,
): Promise<PresentationVerdict> {
  const refusals = credentials.map((credential) => (isRefusal(credential) ? credential : undefined))
  const refusal = refusals.find((found) => found !== undefined)
  const inStanding = isRefusal(accepted) ? [] : accepted
  return {
    refusal,
    caution:
      refusal === undefined && isRefusal(accepted)
        ? accepted
        : await flawOfAgents(needs, inStanding),
    holder: presentation.holder,
    credentials: refusals,
    verifiedDocuments: credentials.map((credential) =>
      isRefusal(credential) ? undefined : credential.document,
    ),
    statusAge: isRefusal(accepted)
      ? undefined
      : Math.max(0, ...inStanding.map(({ statusAge }) => statusAge)),
  }
}

/** Verification records no trace. */
const unrecorded: Check = (_name, result) => result

/** Why the holder's signature was not accepted, or not checked. */
const unsigned = ({ accepted }: Examined): Refusal =>
  isRefusal(accepted) ? accepted : refuse('issuer_untrusted')

/** Every agent of this service that delegated or holds the authority must be active. */
async function flawOfAgents(
  { rules }: Needs,
  accepted: readonly Accepted[],
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
