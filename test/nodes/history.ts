import type { Answer, Node } from './cluster.ts'

/** What was asked of which credential, and when: milliseconds of one clock, that of this process. */
interface Event {
  readonly credential: string
  readonly kind: 'revoke' | 'verify'
  readonly start: number
  readonly end: number
  /** Of a verification: what was answered. Of a revocation: whether it was acknowledged; if not, it may hold all the same. */
  readonly answer: 'allow' | 'revoked' | 'acknowledged' | 'unknown'
}

interface Subject {
  readonly id: string
  readonly credential: object
}

export interface HistoryFindings {
  readonly verifications: number
  readonly revocations: number
  /** Allowed although it was asked more than the bound after the revocation was acknowledged. */
  readonly staleAllows: number
  /** Allowed after another node had said that it is revoked, the bound past. */
  readonly returns: number
  /** Revoked, before anybody had asked for it. */
  readonly phantoms: number
  /** The longest after an acknowledgement that a request was begun which was still allowed, in milliseconds. */
  readonly longestStale: number
}

/** @see design.md, 1: what is revoked denies within 2 s at the origin. */
const bound = 2_000

/**
 * Revokes and verifies at random, of all nodes at once and whatever befalls them, and judges the
 * history afterwards: a credential is a register that goes from good to revoked once.
 */
export async function playHistory(
  any: (i: number) => Node,
  subjects: readonly Subject[],
  isOver: () => boolean,
): Promise<HistoryFindings> {
  const events: Event[] = []
  const record = async (
    { id }: Subject,
    kind: Event['kind'],
    asked: Promise<Answer>,
    read: (answer: Answer) => Event['answer'],
  ) => {
    const start = performance.now()
    const answer = await asked
    events.push({ credential: id, kind, start, end: performance.now(), answer: read(answer) })
    if (answer.status === 0 || answer.status === 503)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const verify = (subject: Subject, node: Node) =>
    record(
      subject,
      'verify',
      node.call('POST', '/credentials/verify', { verifiableCredential: subject.credential }),
      ({ status, text }) => {
        if (status !== 200) return 'unknown'
        const { decision, reason } = JSON.parse(text) as { decision: string; reason: string }
        return decision === 'allow' ? 'allow' : reason === 'revoked' ? 'revoked' : 'unknown'
      },
    )
  const revoke = (subject: Subject, node: Node) =>
    record(
      subject,
      'revoke',
      node.call('POST', `/credentials/${subject.id}/revoke`, {}),
      ({ status }) => (status === 200 ? 'acknowledged' : 'unknown'),
    )
  const pick = () => Math.floor(Math.random() * 1e9)
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      while (!isOver()) {
        const subject = subjects[pick() % subjects.length]!
        await (Math.random() < 0.02 ? revoke : verify)(subject, any(pick()))
      }
    }),
  )
  return judge(events)
}

function judge(events: readonly Event[]): HistoryFindings {
  const verifications = events.filter(({ kind }) => kind === 'verify')
  const revocations = events.filter(({ kind }) => kind === 'revoke')
  const earliest = (of: readonly Event[], at: 'start' | 'end') => {
    const times = new Map<string, number>()
    for (const event of of)
      times.set(
        event.credential,
        Math.min(times.get(event.credential) ?? Number.POSITIVE_INFINITY, event[at]),
      )
    return times
  }
  const asked = earliest(revocations, 'start')
  const acknowledged = earliest(
    revocations.filter(({ answer }) => answer === 'acknowledged'),
    'end',
  )
  const seen = earliest(
    verifications.filter(({ answer }) => answer === 'revoked'),
    'end',
  )
  const allowedAfter = (times: ReadonlyMap<string, number>) =>
    verifications
      .filter(({ answer }) => answer === 'allow')
      .map(({ credential, start }) => start - (times.get(credential) ?? Number.POSITIVE_INFINITY))
  return {
    verifications: verifications.length,
    revocations: acknowledged.size,
    staleAllows: allowedAfter(acknowledged).filter((late) => late > bound).length,
    returns: allowedAfter(seen).filter((late) => late > bound).length,
    phantoms: verifications.filter(
      ({ credential, answer, end }) =>
        answer === 'revoked' && end < (asked.get(credential) ?? Number.POSITIVE_INFINITY),
    ).length,
    longestStale: allowedAfter(acknowledged).reduce((most, late) => Math.max(most, late), 0),
  }
}
