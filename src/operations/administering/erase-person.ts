import { concernsPerson, type NamedEvent } from '../../audit/people-in-event.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
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

type Needs = Pick<Deps, 'clock' | 'people' | 'audit' | 'cursors' | 'settings'> & {
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

/** Every event has its place in the log this long after it happened. */
const settled: Milliseconds = 5_000
const day: Milliseconds = 86_400_000
/** Interval at which old events are erased. */
const often: Milliseconds = 60_000

/** Events of the log that are looked at together, and how many such parts in one run. */
const part = 5_000
const partsAtOnce = 20

/**
 * Erases a person from the next part of the log.
 *
 * @returns whether it was the last part.
 */
async function eraseNextPart(needs: Needs, person: Id): Promise<boolean> {
  const name = `erasing ${person}`
  const size = (await needs.audit.latest())?.frontier.size ?? 0
  const from = await needs.cursors.position(name)
  const to = Math.min(from + part, size)
  const found = await needs.audit.containing(person, from, to)
  const concerned = found.filter(({ content }) => {
    const event = JSON.parse(content!.body) as NamedEvent
    return event.type !== 'person.erased' && concernsPerson(event, person)
  })
  const isLast = to === size
  await needs.commitUnrecorded([
    ...needs.audit.erase(concerned.map(({ sequence }) => sequence)),
    ...needs.cursors.advance(name, from, to),
    ...(isLast ? [needs.cursors.remove(name), needs.people.endErasing(person)] : []),
  ])
  return isLast
}

/**
 * Destroys salt and content of events that are due: those of erased people, and those past their
 * retention time.
 */
export async function eraseDueEvents(needs: Needs): Promise<void> {
  const now = needs.clock()
  let parts = partsAtOnce
  for (const id of await needs.people.erasing(now - settled, 100))
    while (parts-- > 0 && !(await eraseNextPart(needs, id)));
  const { auditDays } = needs.settings
  if (auditDays === 0) return
  const [from, to] = [await needs.audit.erasedUntil(), now - auditDays * day]
  if (to - from >= often) await needs.commitUnrecorded(needs.audit.eraseBetween(from, to))
}
