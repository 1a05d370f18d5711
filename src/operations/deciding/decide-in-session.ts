import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import { afterCommit } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import type { Decision } from '../../permission/decide.ts'
import type { RememberedSession, Session } from '../../permission/session.ts'
import { answerOnly, type Change } from '../common/change.ts'
import { type Accepted, acceptPresented } from '../verifying/accept-presented.ts'
import { areAuthentic, authenticateAll } from '../verifying/authenticate-presented.ts'
import type { JudgeNeeds } from '../verifying/judge-credential.ts'
import { assessAuthority } from './assess-authority.ts'
import { type Assessment, type DecisionRequest, note } from './assess-request.ts'
import { type ConcludeNeeds, conclude } from './decide.ts'

export type SessionNeeds = ConcludeNeeds &
  Pick<Deps, 'sessions' | 'rememberedSessions' | 'monotonic'>
type SessionRequest = Pick<DecisionRequest, 'invocation' | 'observed' | 'holder'>

/**
 * Decides in a session: whether the credentials presented when it was opened, which must still be in
 * good standing, cover the request. A session whose credentials are not ends for good.
 */
export async function decideInSession(
  needs: SessionNeeds,
  caller: Caller,
  id: Id,
  request: SessionRequest,
): Promise<Change<Decision>> {
  const { assessment, session, hasEnded } = await assessInSession(needs, caller, id, request)
  const origin = session && { session: session.id, holder: session.holder }
  const decided = conclude(needs, caller, request, assessment, origin)
  return hasEnded && session ? withEnd(decided, endOf(needs, session, assessment)) : decided
}

/** Every check that needs no write. */
export async function assessInSession(
  needs: SessionNeeds,
  caller: Pick<Caller, 'actor'>,
  id: Id,
  { invocation, observed, holder }: SessionRequest,
): Promise<{
  readonly assessment: Assessment
  readonly session?: Session
  /** Whether its credentials are no longer good. */
  readonly hasEnded: boolean
}> {
  const assessment: Assessment = { invocation, trace: [], outcome: refuse('session_ended') }
  const remembered = await recallSession(needs, id)
  const flaw = remembered ? flawOfSession(remembered.session, caller, needs.clock()) : undefined
  note(
    assessment,
    'the session is open',
    flaw ?? (remembered ? undefined : refuse('session_ended')),
  )
  if (!remembered || flaw) return { assessment, hasEnded: false }
  const { session } = remembered
  assessment.audience = session.audience
  if (holder !== undefined && holder !== session.holder) {
    const stranger = refuse('holder_binding')
    assessment.outcome = note(assessment, 'the holder is whom the caller means', stranger)
    return { assessment, session, hasEnded: false }
  }
  const found = acceptAgain(remembered, needs, (check, flaw) => note(assessment, check, flaw))
  const accepted = found instanceof Promise ? await found : found
  if (isRefusal(accepted)) {
    assessment.outcome = accepted
    return { assessment, session, hasEnded: true }
  }
  assessment.statusAge = Math.max(0, ...accepted.map(({ statusAge }) => statusAge))
  const situation = { invocation, observed, now: needs.clock() }
  const weighed = await assessAuthority(
    needs,
    accepted,
    session.audience,
    situation,
    (check, flaw) => note(assessment, check, flaw),
  )
  assessment.outcome = weighed.outcome
  assessment.asked = weighed.asked
  assessment.policies = weighed.policies
  return { assessment, session, hasEnded: false }
}

/** One answer for a session that is not there, is somebody else's, or is over. */
const flawOfSession = (
  { actor, expiresAt, endedAt }: Session,
  caller: Pick<Caller, 'actor'>,
  now: Milliseconds,
): Refusal | undefined =>
  actor === caller.actor && endedAt === null && now < expiresAt
    ? undefined
    : refuse('session_ended')

async function recallSession(needs: SessionNeeds, id: Id): Promise<RememberedSession | undefined> {
  const known = needs.rememberedSessions.get(id)
  if (known) return known
  const begun = needs.rememberedSessions.generation
  const session = await needs.sessions.find(id)
  if (!session) return undefined
  const presented = session.credentials.map((json) => ({ json, canonical: canonicalize(json) }))
  const authentic = await authenticateAll({ credentials: presented }, needs)
  // They were authentic when the session was opened: what is not now has lost its key since.
  if (!areAuthentic(authentic)) return undefined
  const remembered = { session, presented, authentic }
  if (needs.rememberedSessions.generation === begun)
    needs.rememberedSessions.set(id, remembered, freshness.session)
  return remembered
}

/** What another node ended, or revoked, shows within two seconds. */
const freshness = { session: 1_000, standing: 1_000 } as const satisfies Record<
  string,
  Milliseconds
>

const standings = new WeakMap<
  RememberedSession,
  { readonly accepted: readonly Accepted[]; readonly at: Milliseconds }
>()

/** Time is looked at on every use; status, for as long as it is fresh, from memory, its age told. */
function acceptAgain(
  remembered: RememberedSession,
  needs: JudgeNeeds & Pick<Deps, 'monotonic'>,
  note: (check: string, flaw: Refusal | undefined) => void,
): readonly Accepted[] | Promise<readonly Accepted[] | Refusal> {
  const known = standings.get(remembered)
  const now = needs.monotonic()
  if (known && now - known.at < freshness.standing) {
    note('its credentials are in good standing', undefined)
    const age = Math.round((now - known.at) / 1000)
    return age === 0
      ? known.accepted
      : known.accepted.map((one) => ({ ...one, statusAge: one.statusAge + age }))
  }
  const { presented, authentic, session } = remembered
  const presentation = { holder: session.holder, credentials: presented }
  return acceptPresented(presentation, authentic, needs, note, 'all').then((accepted) => {
    if (!isRefusal(accepted)) standings.set(remembered, { accepted, at: now })
    return accepted
  })
}

/** What has ended does not come back: a credential that is suspended now ends its sessions. */
function endOf(
  { sessions, rememberedSessions, clock }: SessionNeeds,
  { id }: Session,
  { outcome }: Assessment,
): Pick<Change<null>, 'writes' | 'events'> {
  const reason = isRefusal(outcome) ? outcome.refused : 'closed'
  const event = { type: 'session.ended', actor: 'service', facts: { session: id, reason } } as const
  const end = afterCommit(sessions.end(id, clock()), () => rememberedSessions.delete(id))
  return { writes: [end], events: [event] }
}

/** A denial that ends the session too. It rests on nothing that another decision could be first to take. */
const withEnd = (
  { writes, events, answer }: Change<Decision>,
  end: Pick<Change<null>, 'writes' | 'events'>,
): Change<Decision> => ({
  writes: [...end.writes, ...writes],
  events: [...end.events, ...events],
  answer,
})

/** Ends a session by hand, for whoever opened it. */
export async function closeSession(
  needs: Pick<SessionNeeds, 'sessions' | 'rememberedSessions' | 'clock'>,
  caller: Caller,
  id: Id,
): Promise<Change<{ readonly session: Id; readonly ended: boolean }>> {
  const session = await needs.sessions.find(id)
  const now = needs.clock()
  if (!session || flawOfSession(session, caller, now))
    return answerOnly({ session: id, ended: false })
  const facts = { session: id, reason: 'closed' }
  const end = afterCommit(needs.sessions.end(id, now), () => needs.rememberedSessions.delete(id))
  return {
    writes: [end],
    events: [{ type: 'session.ended', actor: caller.actor, facts }],
    answer: {
      session: id,
      ended: true,
    },
  }
}
