import type { Settings } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { checkChallenge } from '../../presentation/challenge.ts'
import { parsePresentation } from '../../presentation/parse-presentation.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import type { Accepted } from '../verifying/accept-presented.ts'
import { examinePresentation } from '../verifying/examine-presentation.ts'
import type { JudgeNeeds } from '../verifying/judge-credential.ts'
import { rememberedForm } from '../verifying/remember-credential.ts'
import { type Assessment, newTrace } from './assessment.ts'

export type AdmitNeeds = JudgeNeeds & {
  readonly settings: Pick<Settings, 'challengeKeys'>
}

/** Credentials in good standing, presented by their subject to one audience. */
export interface Admitted {
  readonly accepted: readonly Accepted[]
  readonly audience: Did
}

/**
 * First stage: is the presentation well formed, for this caller, fresh and signed by its holder,
 * and are its credentials in good standing? What they permit comes later.
 *
 * @param caller the challenge must have been given to this caller.
 * @param holder if set, the presentation's holder must be this DID.
 * @see permission-model.md, 3
 */
export async function admit(
  needs: AdmitNeeds,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  json: JsonValue,
  holder?: string,
): Promise<Assessment<Admitted>> {
  const { lines: trace, check } = newTrace()
  const parsed = parsePresentation(json, (credential) => rememberedForm(needs, credential))
  const presentation = check('presentation is well formed', parsed)
  if (isRefusal(presentation)) return { outcome: presentation, trace }
  if (presentation.credentials.length === 0)
    return {
      outcome: check('presentation holds a credential', refuse('credential_missing')),
      trace,
      presentation,
    }

  const audience = check('presentation is for the caller', addressee(presentation, caller))
  if (isRefusal(audience)) return { outcome: audience, trace, presentation }
  const found = { trace, presentation, audience }
  const challenge = check(
    'challenge is ours and in time',
    await challengeIn(needs, caller, presentation, audience),
  )
  if (isRefusal(challenge)) return { ...found, outcome: challenge }

  const expected = { challenge: presentation.challenge ?? '', domain: audience }
  const { isSigned, accepted } = await examinePresentation(
    needs,
    presentation,
    expected,
    check,
    'all',
  )
  // Spent only from here on, so that a stranger who saw the challenge cannot burn it for the holder.
  const examined = isSigned ? { ...found, challenge } : found
  if (isRefusal(accepted)) return { ...examined, outcome: accepted }
  const statusAge = Math.max(...accepted.map((one) => one.statusAge))
  const isExpected = holder === undefined || holder === presentation.holder
  const outcome = isExpected
    ? { accepted, audience }
    : check('holder is the one that the caller names', refuse('holder_binding'))
  return { ...examined, statusAge, outcome }
}

function addressee(
  { domains }: Presentation,
  { audiences }: Pick<Caller, 'audiences'>,
): Did | Refusal {
  const [domain, ...others] = domains
  const own = audiences.find((audience) => audience === domain)
  return own && others.length === 0 ? own : refuse('domain_mismatch')
}

const challengeIn = (
  { settings, crypto, clock }: AdmitNeeds,
  { actor }: Pick<Caller, 'actor'>,
  { challenge = '' }: Presentation,
  audience: Did,
) => checkChallenge(challenge, { caller: actor, audience }, clock(), settings.challengeKeys, crypto)
