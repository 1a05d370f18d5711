import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import type { Settings } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Decision, TraceLine } from '../../permission/decide.ts'
import type { Invocation, Observed } from '../../permission/invocation.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import { remedyFor } from '../../permission/remedy.ts'
import { authenticatePresentation } from '../../presentation/authenticate-presentation.ts'
import { type Challenge, checkChallenge } from '../../presentation/challenge.ts'
import { parsePresentation } from '../../presentation/parse-presentation.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import { type Accepted, acceptPresented } from '../verifying/accept-presented.ts'
import {
  type Authenticated,
  authenticateAll,
  authenticatePresented,
} from '../verifying/authenticate-presented.ts'
import { type JudgeNeeds, needsNetwork } from '../verifying/judge-credential.ts'
import { rememberedForm } from '../verifying/remember-credential.ts'
import { type AuthorityNeeds, assessAuthority, type Grounds } from './assess-authority.ts'

export type AssessmentNeeds = JudgeNeeds &
  AuthorityNeeds & { readonly settings: Pick<Settings, 'challengeKeys' | 'publicUrl'> }

export interface DecisionRequest {
  readonly presentation: JsonValue
  readonly invocation: Invocation
  readonly observed: Observed
  /** Who the caller says asks, where it says so: then the holder must be this one. */
  readonly holder?: string
}

/** What was found of a presentation, as far as its checks have gone. */
export interface Admission {
  readonly trace: TraceLine[]
  presentation?: Presentation
  audience?: Did
  /** Set once the holder's signature over it was good: it must be spent before anything is allowed. */
  challenge?: Challenge
  statusAge?: Seconds
}

/** What was found of a request. Nothing is written yet. */
export interface Assessment extends Admission {
  readonly invocation: Invocation
  outcome: Grounds | Refusal
  /** What local policy was asked, if it came to that. */
  asked?: PolicyRequest | undefined
  /** Versions of the policies that were in force. */
  policies?: string | undefined
}

/**
 * Makes every check on a request that needs no write, in the order of the trace.
 *
 * @param caller who asks: the challenge must be theirs, and the presentation for them.
 * @see permission-model.md, 4
 */
export async function assessRequest(
  needs: AssessmentNeeds,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  request: DecisionRequest,
): Promise<Assessment> {
  const assessment = newAssessment(request.invocation)
  assessment.outcome = await judge(needs, caller, request, assessment)
  return assessment
}

export const newAssessment = (invocation: Invocation): Assessment => ({
  invocation,
  trace: [],
  outcome: refuse('malformed'),
})

async function judge(
  needs: AssessmentNeeds,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  { presentation, invocation, observed, holder: named }: DecisionRequest,
  assessment: Assessment,
): Promise<Grounds | Refusal> {
  const admitted = await admit(needs, caller, presentation, assessment)
  if (isRefusal(admitted)) return admitted
  if (named !== undefined && named !== assessment.presentation!.holder)
    return note(assessment, 'the holder is whom the caller means', refuse('holder_binding'))
  const situation = { invocation, observed, now: needs.clock() }
  const weighed = await assessAuthority(
    needs,
    admitted.accepted,
    admitted.audience,
    situation,
    (check, flaw) => note(assessment, check, flaw),
  )
  assessment.asked = weighed.asked
  assessment.policies = weighed.policies
  return weighed.outcome
}

/** What was shown to us, by whom it says, for us, now, and in good standing. What it permits is not looked at yet. */
export async function admit(
  needs: AssessmentNeeds,
  caller: Pick<Caller, 'actor' | 'audiences'>,
  json: JsonValue,
  assessment: Admission,
): Promise<{ readonly accepted: readonly Accepted[]; readonly audience: Did } | Refusal> {
  const parsed = parsePresentation(json, (credential) => rememberedForm(credential, needs))
  const presentation = note(assessment, 'presentation is well formed', parsed)
  if (isRefusal(presentation)) return presentation
  assessment.presentation = presentation
  if (presentation.credentials.length === 0)
    return note(assessment, 'presentation holds a credential', refuse('credential_missing'))

  const audience = note(
    assessment,
    'presentation is for the caller',
    addressee(presentation, caller),
  )
  if (isRefusal(audience)) return audience
  assessment.audience = audience
  const text = presentation.challenge ?? ''
  const binding = { caller: caller.actor, audience }
  const checked = checkChallenge(
    text,
    binding,
    needs.clock(),
    needs.settings.challengeKeys,
    needs.crypto,
  )
  const challenge = note(
    assessment,
    'challenge is ours and in time',
    checked instanceof Promise ? await checked : checked,
  )
  if (isRefusal(challenge)) return challenge

  // A holder whose keys lie on somebody's server is looked up only after a trusted issuer named it.
  const early = needsNetwork(presentation.holder, needs)
    ? await acceptAll(needs, presentation, await authenticateAll(presentation, needs), assessment)
    : undefined
  if (isRefusal(early)) return early
  const expected = { challenge: text, domain: audience }
  const authenticated = early
    ? { holder: await authenticatePresentation(presentation, expected, needs), credentials: [] }
    : await authenticatePresented(presentation, expected, needs)
  const holder = note(assessment, 'holder signed the presentation', authenticated.holder)
  if (isRefusal(holder)) return holder
  // Spent only from here on, so that a stranger who saw the challenge cannot burn it for the holder.
  assessment.challenge = challenge

  const accepted =
    early ?? (await acceptAll(needs, presentation, authenticated.credentials, assessment))
  return isRefusal(accepted) ? accepted : { accepted, audience }
}

function addressee(
  { domains }: Presentation,
  { audiences }: Pick<Caller, 'audiences'>,
): Did | Refusal {
  const [domain, ...others] = domains
  const own = audiences.find((audience) => audience === domain)
  return own && others.length === 0 ? own : refuse('domain_mismatch')
}

/** Every credential must be good: one bad one spoils the presentation. */
async function acceptAll(
  needs: AssessmentNeeds,
  presentation: Presentation,
  credentials: Authenticated,
  assessment: Admission,
): Promise<readonly Accepted[] | Refusal> {
  const authentic: Authentic<SecuredCredential>[] = []
  for (const credential of credentials) {
    const checked = note(assessment, 'issuer signed the credential', credential)
    if (isRefusal(checked)) return checked
    authentic.push(checked)
  }
  const accepted = await acceptPresented(
    presentation,
    authentic,
    needs,
    (check, flaw) => note(assessment, check, flaw),
    'all',
  )
  if (!isRefusal(accepted))
    for (const { statusAge } of accepted)
      assessment.statusAge = Math.max(assessment.statusAge ?? 0, statusAge)
  return accepted
}

/** Adds a line to the trace and passes the result on. */
export function note<T>({ trace }: Pick<Admission, 'trace'>, check: string, result: T): T {
  trace.push(
    isRefusal(result)
      ? { check, outcome: result.refused, detail: result.detail }
      : { check, outcome: 'passed' },
  )
  return result
}

/** @param publicUrl of the service whose issuer can be asked for more; empty where there is none. */
export function decisionOf(
  { outcome, statusAge, trace, audience, invocation }: Assessment,
  publicUrl: string,
): Decision {
  if (!isRefusal(outcome)) {
    const { chain, grant, statusAge } = outcome
    return { decision: 'allow', credential: chain.credential, grant: grant.id, statusAge, trace }
  }
  const remedy = remedyFor(outcome.refused, invocation, audience, publicUrl)
  return {
    decision: 'deny',
    reason: outcome.refused,
    detail: outcome.detail,
    statusAge: statusAge ?? null,
    ...(remedy ? { remedy } : {}),
    trace,
  }
}
