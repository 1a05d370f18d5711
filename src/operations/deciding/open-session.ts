import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonValue } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import { formatTime, type Milliseconds, type Seconds } from '../../foundation/time.ts'
import { authorityOf } from '../../permission/decide.ts'
import { type Session, sessionLifetime } from '../../permission/session.ts'
import { answerOnly, type Change, insteadOn } from '../common/change.ts'
import type { Accepted } from '../verifying/accept-presented.ts'
import { type AdmitNeeds, type Admitted, admit } from './admit.ts'
import type { Assessment } from './assessment.ts'

type Needs = AdmitNeeds & Pick<Deps, 'requests' | 'sessions'>

export type OpenedSession =
  | {
      readonly opened: true
      readonly session: Id
      readonly holder: Did
      readonly audience: Did
      readonly expiresAt: string
    }
  | { readonly opened: false; readonly because: Refusal }

/**
 * Accepts a presentation once, to decide by it for a while: the caller who opened the session asks for
 * decisions by its id. The same commit spends the challenge.
 */
export async function openSession(
  needs: Needs,
  caller: Caller,
  presentation: JsonValue,
  lifetime: Seconds = sessionLifetime.default,
): Promise<Change<OpenedSession>> {
  const admitted = await admit(needs, caller, presentation)
  const accepted = isRefusal(admitted.outcome)
    ? admitted.outcome
    : withAuthority(admitted.outcome.accepted)
  if (isRefusal(accepted)) return refused(needs, caller, admitted, accepted)
  const session = sessionOf(needs, caller, admitted, endOf(accepted), lifetime)
  const { id, holder, audience, expiresAt } = session
  const facts = { session: id, holder, audience, expiresAt: formatTime(expiresAt) }
  return {
    writes: [needs.requests.spend(admitted.challenge!), needs.sessions.add(session)],
    events: [{ type: 'session.opened', actor: caller.actor, facts }],
    answer: { opened: true, session: id, holder, audience, expiresAt: facts.expiresAt },
    otherwise: insteadOn({ challenge_spent: () => notOpened(refuse('challenge_used')) }),
  }
}

const notOpened = (because: Refusal): Change<OpenedSession> =>
  answerOnly({ opened: false, because })

/** At least one of the credentials must grant something. */
function withAuthority(accepted: readonly Accepted[]): readonly Accepted[] | Refusal {
  const chains = accepted.map(({ line, links }) => authorityOf(line, links[0]!.statusPurposes))
  return chains.some((chain) => !isRefusal(chain)) ? accepted : chains.find(isRefusal)!
}

const endOf = (accepted: readonly Accepted[]): Milliseconds =>
  Math.min(
    ...accepted.flatMap(({ links }) =>
      links.map(({ credential }) => credential.validUntil ?? Number.POSITIVE_INFINITY),
    ),
  )

/** The challenge of a presentation that its holder signed is spent, even if the session is refused. */
function refused(
  needs: Needs,
  { actor }: Caller,
  { challenge, presentation }: Assessment<Admitted>,
  because: Refusal,
): Change<OpenedSession> {
  if (!challenge) return notOpened(because)
  const facts = { verified: false, reason: because.refused, holder: presentation!.holder }
  const event = { type: 'presentation.verified', actor, facts } as const
  return {
    writes: [needs.requests.spend(challenge)],
    events: [event],
    answer: { opened: false, because },
    otherwise: insteadOn({ challenge_spent: () => notOpened(because) }),
  }
}

function sessionOf(
  { clock, crypto }: Needs,
  { actor }: Caller,
  { presentation, audience }: Assessment<Admitted>,
  validUntil: number,
  lifetime: Seconds,
): Session {
  const now = clock()
  return {
    id: newId(now, crypto.randomBytes),
    actor,
    audience: audience!,
    holder: presentation!.holder,
    credentials: presentation!.credentials.map(({ json }) => json),
    createdAt: now,
    // It ends no later than the first of its credentials.
    expiresAt: Math.min(now + lifetime * 1000, validUntil),
    endedAt: null,
  }
}
