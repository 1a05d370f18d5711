import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'

/**
 * Erases the data of a person who has left. Name and addresses go at once; salt and content of
 * events that the person caused, or that mention them, go once the events have their place in the
 * log. The log stays verifiable, because it holds commitments.
 */
export async function erasePerson(
  needs: Pick<Deps, 'clock' | 'people' | 'accessRequests'>,
  { actor }: Caller,
  person: Person,
): Promise<Change<Person>> {
  if (person.state !== 'left')
    throw new ServiceError('request_unprocessable', 'only people who have left can be erased')
  const erased: Person = {
    ...person,
    name: 'erased',
    email: null,
    userName: null,
    externalId: null,
  }
  return {
    writes: [
      ...needs.people.erase(erased, needs.clock()),
      ...needs.accessRequests.eraseTexts(person.id),
    ],
    events: [{ type: 'person.erased', actor, facts: { person: person.id } }],
    answer: erased,
  }
}

type Needs = Pick<Deps, 'clock' | 'people' | 'audit' | 'settings'> & {
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

/** Every event has its place in the log this long after it happened. */
const settled: Milliseconds = 5_000
const day: Milliseconds = 86_400_000
/** Interval at which old events are erased. */
const often: Milliseconds = 60_000

/**
 * Destroys salt and content of events that are due: those of erased people, and those past their
 * retention time.
 */
export async function eraseDueEvents(needs: Needs): Promise<void> {
  const now = needs.clock()
  for (const id of await needs.people.erasing(now - settled, 100))
    await needs.commitUnrecorded([needs.audit.eraseAbout(id), needs.people.endErasing(id)])
  const { auditDays } = needs.settings
  if (auditDays === 0) return
  const [from, to] = [await needs.audit.erasedUntil(), now - auditDays * day]
  if (to - from >= often) await needs.commitUnrecorded(needs.audit.eraseBetween(from, to))
}
