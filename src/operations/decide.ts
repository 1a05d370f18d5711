import type { Caller } from '../agent/caller.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Decision } from '../permission/decide.ts'
import { refuse } from '../refusal.ts'
import {
  type DecisionRequest,
  decisionOf,
  type Hearing,
  type HearNeeds,
  hear,
  note,
} from './hear.ts'

type Needs = HearNeeds & Pick<Deps, 'commit' | 'requests'>

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
  const hearing = await hear(needs, caller, request)
  try {
    return await conclude(needs, caller, request, hearing)
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'challenge_spent')) throw error
    const { challenge: _, ...rest } = hearing
    return conclude(needs, caller, request, {
      ...rest,
      outcome: note(hearing, 'challenge is spent once', refuse('challenge_used')),
    })
  }
}

function conclude(
  needs: Needs,
  caller: Caller,
  request: DecisionRequest,
  hearing: Hearing,
): Promise<Decision> {
  const decision = decisionOf(hearing)
  const writes = hearing.challenge ? [needs.requests.spend(hearing.challenge)] : []
  return needs.commit(writes, [eventOf(decision, caller, request, hearing)], decision)
}

/** What was asked and answered. No argument, no claim. */
function eventOf(
  decision: Decision,
  { actor }: Caller,
  { invocation: { action, resource, purpose } }: DecisionRequest,
  { presentation, audience }: Hearing,
): AuditEvent {
  const allowed = decision.decision === 'allow' ? decision : undefined
  const facts = {
    decision: decision.decision,
    reason: decision.decision === 'deny' ? decision.reason : null,
    holder: presentation?.holder ?? null,
    audience: audience ?? '',
    action,
    resource,
    purpose,
    credential: allowed?.credential ?? null,
    grant: allowed?.grant ?? null,
    statusAge: decision.statusAge,
  }
  return { type: 'decision.made', actor, facts }
}
