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
import type { Check } from '../verifying/examine-presentation.ts'
import type { JudgeNeeds } from '../verifying/judge-credential.ts'
import { applyRules, type Grounds } from './apply-rules.ts'
import { assessAuthority } from './assess-authority.ts'
import type { DecisionRequest } from './assess-request.ts'
import { type Assessment, newTrace } from './assessment.ts'
import { conclude, type DecideNeeds } from './decide.ts'

export type SessionNeeds = DecideNeeds & Pick<Deps, 'sessions' | 'rememberedSessions' | 'monotonic'>
type SessionRequest = Pick<DecisionRequest, 'invocation' | 'observed' | 'holder'>

/**
 * Decides in a session: do the credentials presented when it was opened, which must still be in good
 * standing, cover the request? A session whose credentials are no longer good ends for good.
 *
 * @see permission-model.md, 4
 */
export async function decideInSession(
  needs: SessionNeeds,
  caller: Caller,
  id: Id,
  request: SessionRequest,
): Promise<Change<Decision>> {
  const { assessed, session, hasEnded } = await assessInSession(needs, caller, id, request)
  const origin = session && { session: session.id, holder: session.holder }
  const decided = conclude(needs, caller, request.invocation, assessed, origin)
  return hasEnded && session ? withEnd(decided, endOf(needs, session, assessed)) : decided
}

interface AssessedInSession {
  readonly assessed: Assessment<Grounds>
  readonly session?: Session
  /** Whether its credentials are no longer good. */
  readonly hasEnded: boolean
}

/** Makes every check of a request in a session that needs no write. */
export async function assessInSession(
  needs: SessionNeeds,
  caller: Pick<Caller, 'actor'>,
  id: Id,
  { invocation, observed, holder }: SessionRequest,
): Promise<AssessedInSession> {
  const { lines: trace, check } = newTrace()
  const found = await recallSession(needs, id)
  const remembered = check('the session is open', openSession(found, caller, needs.clock()))
  if (isRefusal(remembered)) return { assessed: { outcome: remembered, trace }, hasEnded: false }
  const { session } = remembered
  const { audience } = session
  if (holder !== undefined && holder !== session.holder) {
    const outcome = check('holder is the one that the caller names', refuse('holder_binding'))
    return { assessed: { outcome, trace, audience }, session, hasEnded: false }
  }
  const again = acceptAgain(needs, remembered, check)
  const accepted = again instanceof Promise ? await again : again
  if (isRefusal(accepted))
    return { assessed: { outcome: accepted, trace, audience }, session, hasEnded: true }
  const statusAge = Math.max(0, ...accepted.map((one) => one.statusAge))
  const admitted = { outcome: { accepted, audience }, trace, audience, statusAge }
  const authorities = assessAuthority(admitted, { invocation, observed, now: needs.clock() })
  return { assessed: await applyRules(needs, authorities), session, hasEnded: false }
}

const isOpen = (
  { actor, expiresAt, endedAt }: Session,
  caller: Pick<Caller, 'actor'>,
  now: Milliseconds,
): boolean => actor === caller.actor && endedAt === null && now < expiresAt

/** One answer for a session that does not exist, belongs to another caller, or is over. */
const openSession = (
  found: RememberedSession | undefined,
  caller: Pick<Caller, 'actor'>,
  now: Milliseconds,
): RememberedSession | Refusal =>
  found && isOpen(found.session, caller, now) ? found : refuse('session_ended')

async function recallSession(needs: SessionNeeds, id: Id): Promise<RememberedSession | undefined> {
  const known = needs.rememberedSessions.get(id)
  if (known) return known
  const begun = needs.rememberedSessions.generation
  const session = await needs.sessions.find(id)
  if (!session) return undefined
  const presented = session.credentials.map((json) => ({ json, canonical: canonicalize(json) }))
  const authentic = await authenticateAll(needs, { credentials: presented })
  // They were authentic when the session was opened: if one is not, its key has been revoked since.
  if (!areAuthentic(authentic)) return undefined
  const remembered = { session, presented, authentic }
  if (needs.rememberedSessions.generation === begun)
    needs.rememberedSessions.set(id, remembered, freshness.session)
  return remembered
}

/** A session ended, or a credential revoked, on another node takes effect within two seconds. */
const freshness = { session: 1_000, standing: 1_000 } as const satisfies Record<
  string,
  Milliseconds
>

const standings = new WeakMap<
  RememberedSession,
  { readonly accepted: readonly Accepted[]; readonly at: Milliseconds }
>()

/** Checks the times on every use. Status comes from memory while it is fresh, with its age. */
function acceptAgain(
  needs: JudgeNeeds & Pick<Deps, 'monotonic'>,
  remembered: RememberedSession,
  check: Check,
): readonly Accepted[] | Promise<readonly Accepted[] | Refusal> {
  const known = standings.get(remembered)
  const now = needs.monotonic()
  if (known && now - known.at < freshness.standing) {
    check('its credentials are in good standing', undefined)
    const age = Math.round((now - known.at) / 1000)
    return age === 0
      ? known.accepted
      : known.accepted.map((one) => ({ ...one, statusAge: one.statusAge + age }))
  }
  const { presented, authentic, session } = remembered
  const presentation = { holder: session.holder, credentials: presented }
  return acceptPresented(needs, presentation, authentic, check, 'all').then((accepted) => {
    if (!isRefusal(accepted)) standings.set(remembered, { accepted, at: now })
    return accepted
  })
}

/** A suspended credential ends its sessions; resuming it does not open them again. */
function endOf(
  { sessions, rememberedSessions, clock }: SessionNeeds,
  { id }: Session,
  { outcome }: Assessment<Grounds>,
): Pick<Change<null>, 'writes' | 'events'> {
  const reason = isRefusal(outcome) ? outcome.refused : 'closed'
  const event = { type: 'session.ended', actor: 'service', facts: { session: id, reason } } as const
  const end = afterCommit(sessions.end(id, clock()), () => rememberedSessions.delete(id))
  return { writes: [end], events: [event] }
}

/** A denial that ends the session too. It uses up nothing, so no other decision can come first. */
const withEnd = (
  { writes, events, answer }: Change<Decision>,
  end: Pick<Change<null>, 'writes' | 'events'>,
): Change<Decision> => ({
  writes: [...end.writes, ...writes],
  events: [...end.events, ...events],
  answer,
})

/** Ends a session for the caller who opened it. */
export async function closeSession(
  needs: Pick<SessionNeeds, 'sessions' | 'rememberedSessions' | 'clock'>,
  caller: Caller,
  id: Id,
): Promise<Change<{ readonly session: Id; readonly ended: boolean }>> {
  const session = await needs.sessions.find(id)
  const now = needs.clock()
  if (!session || !isOpen(session, caller, now)) return answerOnly({ session: id, ended: false })
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
