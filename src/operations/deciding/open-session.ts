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
import { type Admission, type AssessmentNeeds, admit } from './assess-request.ts'

type Needs = AssessmentNeeds & Pick<Deps, 'requests' | 'sessions'>

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
 * Accepts a presentation once, to be relied on for a while: whoever opened the session asks for
 * decisions by its id. The challenge is spent in the same commit.
 */
export async function openSession(
  needs: Needs,
  caller: Caller,
  presentation: JsonValue,
  lifetime: Seconds = sessionLifetime.default,
): Promise<Change<OpenedSession>> {
  const admission: Admission = { trace: [] }
  const admitted = await admit(needs, caller, presentation, admission)
  const flaw = isRefusal(admitted) ? admitted : flawOfAuthority(admitted.accepted)
  if (flaw || isRefusal(admitted)) return refused(needs, caller, admission, flaw!)
  const session = sessionOf(needs, caller, admission, endOf(admitted.accepted), lifetime)
  const { id, holder, audience, expiresAt } = session
  const facts = { session: id, holder, audience, expiresAt: formatTime(expiresAt) }
  return {
    writes: [needs.requests.spend(admission.challenge!), needs.sessions.add(session)],
    events: [{ type: 'session.opened', actor: caller.actor, facts }],
    answer: { opened: true, session: id, holder, audience, expiresAt: facts.expiresAt },
    otherwise: insteadOn({ challenge_spent: () => notOpened(refuse('challenge_used')) }),
  }
}

const notOpened = (because: Refusal): Change<OpenedSession> =>
  answerOnly({ opened: false, because })

/** Something at least must be granted by what was presented. */
function flawOfAuthority(accepted: readonly Accepted[]): Refusal | undefined {
  const chains = accepted.map(({ line, links }) => authorityOf(line, links[0]!.statusPurposes))
  return chains.some((chain) => !isRefusal(chain)) ? undefined : chains.find(isRefusal)
}

const endOf = (accepted: readonly Accepted[]): Milliseconds =>
  Math.min(
    ...accepted.flatMap(({ links }) =>
      links.map(({ credential }) => credential.validUntil ?? Number.POSITIVE_INFINITY),
    ),
  )

/** A presentation that its holder signed is spent, whatever became of it. */
function refused(
  needs: Needs,
  { actor }: Caller,
  { challenge, presentation }: Admission,
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
  { presentation, audience }: Admission,
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
    // Not beyond the first of its credentials that ends.
    expiresAt: Math.min(now + lifetime * 1000, validUntil),
    endedAt: null,
  }
}
