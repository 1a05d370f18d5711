import type { AuditEvent } from '../../audit/event.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Id } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import type { Decision } from '../../permission/decide.ts'
import type { Invocation } from '../../permission/invocation.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import type { Grounds } from './apply-rules.ts'
import type { Assessment } from './assessment.ts'

/** The session that a decision was made in. */
export interface DecisionSession {
  readonly session: Id
  readonly holder: string
}

/** The audit event of a decision: what was asked and answered, without arguments or claims. */
export function decisionEvent(
  decision: Decision & { readonly id: Id },
  { actor }: Pick<Caller, 'actor'>,
  { action, resource, purpose }: Invocation,
  { presentation, audience, asked, policies, outcome }: Assessment<Grounds>,
  session: DecisionSession | undefined,
): AuditEvent {
  const allowed = decision.decision === 'allow' ? decision : undefined
  const facts = {
    id: decision.id,
    decision: decision.decision,
    reason: decision.decision === 'deny' ? decision.reason : null,
    holder: presentation?.holder ?? session?.holder ?? null,
    audience: audience ?? '',
    action,
    resource,
    purpose,
    credential: allowed?.credential ?? null,
    grant: allowed?.grant ?? null,
    statusAge: decision.statusAge,
    session: session?.session ?? null,
    reservation: allowed?.reservation ?? null,
    asked: asked ? askedFacts(asked) : null,
    policies: policies ?? null,
    chain: isRefusal(outcome) ? null : outcome.digests.chain,
    status: isRefusal(outcome) ? null : outcome.digests.status,
  }
  return { type: 'decision.made', actor, facts }
}

/** The request to local policy, which `POST /policies/trial` asks again, without what the event holds anyway. */
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
