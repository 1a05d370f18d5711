import type { Caller } from '../agent/caller.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { ServiceError } from '../errors.ts'
import type { JsonValue } from '../json.ts'
import { authorize, type Decision, permissionOf, type TraceLine } from '../permission/decide.ts'
import type { Invocation, Observed } from '../permission/invocation.ts'
import { authenticatePresentation } from '../presentation/authenticate-presentation.ts'
import { type Challenge, checkChallenge } from '../presentation/challenge.ts'
import { parsePresentation } from '../presentation/parse-presentation.ts'
import type { Presentation, PresentedCredential } from '../presentation/presentation.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import {
  accept,
  authenticate,
  type Judged,
  type JudgeNeeds,
  needsNetwork,
} from './judge-credential.ts'

type Needs = JudgeNeeds & Pick<Deps, 'commit' | 'requests'>

export interface DecisionRequest {
  readonly presentation: JsonValue
  readonly invocation: Invocation
  readonly observed: Observed
}

interface Grounds {
  readonly credential: string
  readonly grant: string
  readonly statusAge: number
}

/** What is known of a request, as far as its checks have gone. */
interface Hearing {
  readonly trace: TraceLine[]
  presentation?: Presentation
  audience?: Did
  /** Set once the holder's signature over it was good: from then on the challenge is spent. */
  challenge?: Challenge
  statusAge?: number
}

/**
 * Decides whether the presenter may do what it asks, for the audience it presented to. The
 * challenge is spent and the decision recorded in one commit.
 *
 * @see permission-model.md, 4
 */
export async function decide(
  needs: Needs,
  caller: Caller,
  request: DecisionRequest,
): Promise<Decision> {
  const hearing: Hearing = { trace: [] }
  const outcome = await hear(needs, caller, request, hearing)
  try {
    return await conclude(needs, caller, request, hearing, outcome, hearing.challenge)
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'challenge_spent')) throw error
    const replay = note(hearing, 'challenge is spent once', refuse('challenge_used'))
    return conclude(needs, caller, request, hearing, replay, undefined)
  }
}

async function hear(
  needs: Needs,
  caller: Caller,
  { presentation: json, invocation, observed }: DecisionRequest,
  hearing: Hearing,
): Promise<Grounds | Refusal> {
  const presentation = note(hearing, 'presentation is well formed', parsePresentation(json))
  if (isRefusal(presentation)) return presentation
  hearing.presentation = presentation
  if (presentation.credentials.length === 0)
    return note(hearing, 'presentation holds a credential', refuse('credential_missing'))

  const audience = note(hearing, 'audience is the caller', addressee(presentation, caller))
  if (typeof audience !== 'string') return audience
  hearing.audience = audience
  const binding = { caller: caller.actor, audience }
  const text = presentation.challenge ?? ''
  const challenge = note(
    hearing,
    'challenge is ours',
    await checkChallenge(text, binding, needs.clock(), needs.settings.challengeKey, needs.crypto),
  )
  if (isRefusal(challenge)) return challenge

  // A holder whose keys lie on somebody's server is looked up only after a trusted issuer has named it.
  const early = needsNetwork(presentation.holder, needs)
    ? await acceptAll(needs, presentation, hearing)
    : undefined
  if (isRefusal(early)) return early
  const expected = { challenge: text, domain: audience }
  const authentic = note(
    hearing,
    'holder signed the presentation',
    await authenticatePresentation(presentation, expected, needs),
  )
  if (isRefusal(authentic)) return authentic
  // Spent only now, so that a stranger who saw the challenge cannot burn it for the holder.
  hearing.challenge = challenge

  const accepted = early ?? (await acceptAll(needs, presentation, hearing))
  if (isRefusal(accepted)) return accepted
  return findGrant(accepted, audience, { invocation, observed, now: needs.clock() }, hearing)
}

function addressee({ domains }: Presentation, { audiences }: Caller): Did | Refusal {
  const [domain, ...others] = domains
  const own = audiences.find((audience) => audience === domain)
  return own && others.length === 0 ? own : refuse('domain_mismatch')
}

/** Every credential must be good: one bad one spoils the presentation. */
async function acceptAll(
  needs: Needs,
  { credentials, holder }: Presentation,
  hearing: Hearing,
): Promise<readonly Judged[] | Refusal> {
  const judged: Judged[] = []
  for (const credential of credentials) {
    const one = await acceptOne(needs, credential, holder, hearing)
    if (isRefusal(one)) return one
    judged.push(one)
    hearing.statusAge = Math.max(hearing.statusAge ?? 0, one.statusAge)
  }
  return judged
}

async function acceptOne(
  needs: Needs,
  { json, canonical }: PresentedCredential,
  holder: Did,
  hearing: Hearing,
): Promise<Judged | Refusal> {
  const authentic = note(
    hearing,
    'issuer signed the credential',
    await authenticate(json, needs, canonical),
  )
  if (isRefusal(authentic)) return authentic
  const isBound = authentic.subjects.every(({ id }) => id === holder)
  const bound = note(
    hearing,
    'holder is the subject',
    isBound ? authentic : refuse('holder_binding'),
  )
  if (isRefusal(bound)) return bound
  return note(
    hearing,
    'credential is trusted, in time and in good standing',
    await accept(bound, needs),
  )
}

function findGrant(
  accepted: readonly Judged[],
  audience: Did,
  situation: Parameters<typeof authorize>[2],
  hearing: Hearing,
): Grounds | Refusal {
  let last: Refusal = refuse('permission_missing')
  for (const { credential, statusAge, statusPurposes } of accepted) {
    const permission = permissionOf(credential, statusPurposes)
    const found = isRefusal(permission) ? permission : authorize(permission, audience, situation)
    if (!isRefusal(found)) {
      note(hearing, 'a grant covers the request', found)
      return { credential: credential.id!, grant: found.grant, statusAge }
    }
    last = found
  }
  return note(hearing, 'a grant covers the request', last)
}

/** Adds a line to the trace and passes the result on. */
function note<T>({ trace }: Hearing, check: string, result: T): T {
  trace.push(
    isRefusal(result)
      ? { check, outcome: result.refused, detail: result.detail }
      : { check, outcome: 'passed' },
  )
  return result
}

function conclude(
  needs: Needs,
  { actor }: Caller,
  { invocation: { action, resource, purpose } }: DecisionRequest,
  { trace, presentation, audience, statusAge }: Hearing,
  outcome: Grounds | Refusal,
  spend: Challenge | undefined,
): Promise<Decision> {
  const decision: Decision = isRefusal(outcome)
    ? {
        decision: 'deny',
        reason: outcome.refused,
        detail: outcome.detail,
        statusAge: statusAge ?? null,
        trace,
      }
    : { decision: 'allow', ...outcome, trace }
  const facts = {
    decision: decision.decision,
    reason: decision.decision === 'deny' ? decision.reason : null,
    holder: presentation?.holder ?? null,
    audience: audience ?? '',
    action,
    resource,
    purpose,
    credential: decision.decision === 'allow' ? decision.credential : null,
    grant: decision.decision === 'allow' ? decision.grant : null,
    statusAge: decision.statusAge,
  }
  return needs.commit(
    spend ? [needs.requests.spend(spend)] : [],
    [{ type: 'decision.made', actor, facts }],
    decision,
  )
}
