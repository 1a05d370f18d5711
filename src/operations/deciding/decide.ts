import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Decision } from '../../permission/decide.ts'
import type { Reservation } from '../../permission/meter.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import { type Change, insteadOn } from '../common/change.ts'
import {
  type Assessment,
  type AssessmentNeeds,
  assessRequest,
  type DecisionRequest,
  decisionOf,
  note,
} from './assess-request.ts'

export type ConcludeNeeds = AssessmentNeeds & Pick<Deps, 'requests' | 'meters' | 'settings'>

/**
 * Decides whether the presenter may do what it asks, for the audience it presented to. The
 * challenge is spent, what is limited is counted, and the decision is recorded, in one commit.
 *
 * @see permission-model.md, 4
 */
export async function decide(
  needs: ConcludeNeeds,
  caller: Caller,
  request: DecisionRequest,
): Promise<Change<Decision>> {
  return conclude(needs, caller, request, await assessRequest(needs, caller, request))
}

/** Where a decision comes from, beside a presentation. */
export interface Origin {
  readonly session: Id
  readonly holder: string
}

/**
 * Records what was found. If another decision won the race for the challenge, a limit or a duty, a
 * denial is recorded instead.
 */
export function conclude(
  needs: ConcludeNeeds,
  caller: Caller,
  request: Pick<DecisionRequest, 'invocation' | 'observed'>,
  assessment: Assessment,
  origin?: Origin,
): Change<Decision> {
  const denied = (found: Assessment, check: string, because: Refusal) =>
    conclude(
      needs,
      caller,
      request,
      { ...found, outcome: note(assessment, check, because) },
      origin,
    )
  const { challenge: _, ...unchallenged } = assessment
  return {
    ...record(needs, caller, request, assessment, origin),
    otherwise: insteadOn({
      challenge_spent: () =>
        denied(unchallenged, 'challenge is spent once', refuse('challenge_used')),
      // The challenge may turn out to be spent as well.
      limit_reached: () => denied(assessment, 'its limits leave room', refuse('limit_reached')),
      separation_of_duties: ({ detail }) =>
        denied(assessment, 'duties stay separate', refuse('separation_of_duties', detail)),
    }),
  }
}

function record(
  needs: ConcludeNeeds,
  caller: Caller,
  request: Pick<DecisionRequest, 'invocation' | 'observed'>,
  assessment: Assessment,
  origin: Origin | undefined,
): Change<Decision> {
  const reservation = reservationFor(needs, caller, assessment)
  const decided = decisionOf(assessment, needs.settings.publicUrl)
  const id = newId(needs.clock(), needs.crypto.randomBytes)
  const decision = {
    ...decided,
    id,
    ...(reservation && decided.decision === 'allow' ? { reservation: reservation.id } : {}),
  }
  const writes = [
    ...(assessment.challenge ? [needs.requests.spend(assessment.challenge)] : []),
    ...(reservation ? needs.meters.reserve(reservation) : []),
    ...(isRefusal(assessment.outcome) ? [] : assessment.outcome.writes),
  ]
  const event = eventOf(decision, caller, request, assessment, origin)
  return { writes: writes, events: [event], answer: decision }
}

function reservationFor(
  { clock, crypto }: ConcludeNeeds,
  { actor }: Caller,
  { outcome }: Assessment,
): Reservation | undefined {
  if (isRefusal(outcome) || outcome.counts.length === 0) return undefined
  const now = clock()
  return {
    id: newId(now, crypto.randomBytes),
    actor,
    counts: outcome.counts,
    state: 'reserved',
    createdAt: now,
    expiresAt: outcome.chain.validUntil,
  }
}

/** What was asked and answered. No argument, no claim. */
function eventOf(
  decision: Decision & { readonly id: Id },
  { actor }: Caller,
  { invocation: { action, resource, purpose } }: Pick<DecisionRequest, 'invocation'>,
  { presentation, audience, asked, policies, outcome }: Assessment,
  origin: Origin | undefined,
): AuditEvent {
  const allowed = decision.decision === 'allow' ? decision : undefined
  const facts = {
    id: decision.id,
    decision: decision.decision,
    reason: decision.decision === 'deny' ? decision.reason : null,
    holder: presentation?.holder ?? origin?.holder ?? null,
    audience: audience ?? '',
    action,
    resource,
    purpose,
    credential: allowed?.credential ?? null,
    grant: allowed?.grant ?? null,
    statusAge: decision.statusAge,
    session: origin?.session ?? null,
    reservation: allowed?.reservation ?? null,
    asked: asked ? askedFacts(asked) : null,
    policies: policies ?? null,
    chain: isRefusal(outcome) ? null : outcome.digests.chain,
    status: isRefusal(outcome) ? null : outcome.digests.status,
  }
  return { type: 'decision.made', actor, facts }
}

/** What `POST /policies/trial` asks again: a request to local policy, without what the event tells anyway. */
function askedFacts(asked: PolicyRequest): JsonObject {
  const { profile, grantType, task, chain, rootIssuer, datatypes, observed, now } = asked
  return {
    profile: profile ? { ...profile } : null,
    grantType,
    task,
    chain,
    rootIssuer,
    datatypes,
    observed: { ...observed },
    now,
  } as JsonObject
}
