import type { Caller } from '../agent/caller.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { JsonValue } from '../json.ts'
import { authenticatePresentation } from '../presentation/authenticate-presentation.ts'
import { openChallenge } from '../presentation/challenge.ts'
import { parsePresentation } from '../presentation/parse-presentation.ts'
import type { Presentation } from '../presentation/presentation.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Seconds } from '../time.ts'
import {
  type Authenticated,
  authenticateAll,
  authenticatePresented,
} from './authenticate-presented.ts'
import { accept, type Judged, type JudgeNeeds, needsNetwork } from './judge-credential.ts'

type Needs = JudgeNeeds & Pick<Deps, 'commit' | 'requests' | 'settings'>

export interface PresentationVerdict {
  readonly refusal: Refusal | undefined
  readonly caution: Refusal | undefined
  readonly holder: string | undefined
  /** Flaws of the single credentials, in their order. */
  readonly credentials: readonly (Refusal | undefined)[]
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
): Promise<PresentationVerdict> {
  const presentation = parsePresentation(json)
  if (isRefusal(presentation)) return refused(presentation)
  const judged = await judgePresentation(presentation, options, needs)
  if (isRefusal(judged)) return refused(judged, presentation)
  const spent = await spendOwnChallenge(needs, caller, options, presentation)
  if (spent) return refused(spent, presentation)

  const flaws = judged.credentials.map((credential) =>
    isRefusal(credential) ? credential : undefined,
  )
  const refusal = flaws.find((flaw) => flaw !== undefined)
  const accepted = judged.accepted.find(isRefusal)
  return {
    refusal,
    caution: refusal ? undefined : accepted,
    holder: presentation.holder,
    credentials: flaws,
    statusAge:
      refusal || accepted
        ? undefined
        : Math.max(0, ...judged.accepted.map((one) => (one as Judged).statusAge)),
  }
}

async function judgePresentation(
  presentation: Presentation,
  expected: { readonly challenge: string; readonly domain: string | undefined },
  needs: JudgeNeeds,
) {
  // A holder whose keys lie on somebody's server is looked up only after a trusted issuer has named it.
  const early = needsNetwork(presentation.holder, needs)
    ? await judgeCredentials(presentation, needs, await authenticateAll(presentation, needs))
    : undefined
  const stranger = early && (early.accepted.length === 0 || early.accepted.some(isRefusal))
  if (stranger)
    return (
      early.credentials.find(isRefusal) ??
      early.accepted.find(isRefusal) ??
      refuse('issuer_untrusted')
    )
  if (early) {
    const flaw = await authenticatePresentation(presentation, expected, needs)
    return isRefusal(flaw) ? flaw : early
  }
  const { holder, credentials } = await authenticatePresented(presentation, expected, needs)
  return isRefusal(holder) ? holder : judgeCredentials(presentation, needs, credentials)
}

async function judgeCredentials(
  { holder }: Presentation,
  needs: JudgeNeeds,
  authentic: Authenticated,
) {
  const accepted = await Promise.all(
    authentic.map((credential) => {
      if (isRefusal(credential)) return credential
      const bound = credential.subjects.every(({ id }) => id === holder)
      return bound ? accept(credential, needs) : refuse('holder_binding')
    }),
  )
  return { credentials: authentic, accepted }
}

async function spendOwnChallenge(
  needs: Needs,
  { actor }: Caller,
  { challenge, domain }: { readonly challenge: string; readonly domain: string | undefined },
  { holder }: Presentation,
): Promise<Refusal | undefined> {
  const binding = { caller: actor, audience: domain ?? '' }
  const own = await openChallenge(challenge, binding, needs.settings.challengeKeys, needs.crypto)
  if (!own) return undefined
  if (needs.clock() >= own.expiresAt) return refuse('challenge_invalid')
  try {
    const event = {
      type: 'presentation.verified',
      actor,
      facts: { verified: true, reason: null, holder },
    } as const
    await needs.commit([needs.requests.spend(own)], [event], null)
    return undefined
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'challenge_spent')
      return refuse('challenge_used')
    throw error
  }
}

const refused = (refusal: Refusal, presentation?: Presentation): PresentationVerdict => ({
  refusal,
  caution: undefined,
  holder: presentation?.holder,
  credentials: [],
  statusAge: undefined,
})
