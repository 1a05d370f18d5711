import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { earlierFormsOf, isDisguised, mailboxesOf } from '../../directory/mailbox.ts'
import { humanOf, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { checkSomebodyElse } from './check-somebody-else.ts'

export type JoinNeeds = Pick<Deps, 'clock' | 'people' | 'agents' | 'duties'>

/** What may show that a record belongs to a known person. */
export interface Ties {
  /** As given: addresses, and a user name that may be an address. */
  readonly addresses: readonly (string | null | undefined)[]
  /** Any record of the same human being. */
  readonly identityOf?: Id | null | undefined
}

export interface Joined {
  /** The record, linked to its human being. */
  readonly person: Person
  /** The first writes of the commit. */
  readonly writes: readonly Write[]
  readonly events: readonly AuditEvent[]
}

/**
 * Determines the human being behind a record, and stores it permanently: the one it is said to
 * belong to, and those who have, or ever had, one of its mailboxes. If that unites two human
 * beings, all their records are joined, and their duties and acts count for one party. If that
 * party then has both duties of a rule, it is reported as a violation, and new acts are denied.
 *
 * @param isNew whether the record is not stored yet.
 * @throws ServiceError `request_unprocessable`; `caller_forbidden` if the caller would change who
 *   they themselves are, or as a directory would join people that it did not create.
 */
export async function joinRecords(
  needs: JoinNeeds,
  caller: Caller,
  person: Person,
  { addresses, identityOf }: Ties,
  isNew: boolean,
): Promise<Joined> {
  if (addresses.some((text) => text && isDisguised(text)))
    throw new ServiceError('request_unprocessable', 'an address has characters that nobody sees')
  const mailboxes = mailboxesOf(addresses)
  const named = await namedHuman(needs, person, identityOf)
  const sharing = await needs.people.humansWithMailbox([
    ...new Set([...mailboxes, ...earlierFormsOf(addresses)]),
  ])
  const humans = new Set([
    ...(named ? [named] : []),
    ...(isNew ? [] : [humanOf(person)]),
    ...sharing,
  ])
  const isJoining = humans.size > (isNew ? 0 : 1)
  if (isJoining || mailboxes.length > 0) await checkSomebodyElse(needs, caller, humans)
  if (!hasRole(caller, 'administrator')) await checkOwnRecords(needs, caller, humans)
  const human = named ?? [...humans].sort()[0] ?? person.id
  const joined: Person = { ...person, identityOf: human === person.id ? null : human }
  const linked = (id: Id): AuditEvent => ({
    type: 'person.linked',
    actor: caller.actor,
    facts: { person: id, human, by: named ? 'identity' : 'mailbox' },
  })
  const writes: Write[] = []
  const events: AuditEvent[] = []
  for (const former of humans) {
    if (former === human) continue
    const records = await needs.people.recordsOf(former)
    writes.push(
      ...needs.people.join(records, human),
      ...needs.duties.merge(partyOfHuman(former), partyOfHuman(human)),
    )
    events.push(...records.map(({ id }) => linked(id)))
  }
  if (isNew && human !== person.id) {
    writes.push(needs.people.mustBeOf(human, human))
    events.push(linked(person.id))
  }
  writes.push(...needs.people.keepMailboxes(joined, mailboxes, needs.clock()))
  return { person: joined, writes, events }
}

/**
 * A directory joins records that it created, to one another and to one human being whom it found
 * here. Otherwise one address too many would make one person of two, and that cannot be undone.
 */
async function checkOwnRecords(
  { people }: JoinNeeds,
  { actor }: Caller,
  humans: ReadonlySet<Id>,
): Promise<void> {
  if (humans.size < 2) return
  const records = await Promise.all([...humans].map((human) => people.recordsOf(human)))
  const found = records.filter((of) => of.some(({ createdBy }) => createdBy !== actor))
  if (found.length > 1)
    throw new ServiceError(
      'caller_forbidden',
      'this would join people whom the directory did not create: an administrator does that',
    )
}

/** The party key of a human being in separation rules. */
export const partyOfHuman = (human: Id): string => `person:${human}`

async function namedHuman(
  { people }: JoinNeeds,
  person: Person,
  identityOf: Id | null | undefined,
): Promise<Id | undefined> {
  if (identityOf === undefined) return undefined
  if (identityOf === null) {
    if (person.identityOf === null) return undefined
    throw new ServiceError(
      'request_unprocessable',
      'records of one person stay linked: a link cannot be removed',
    )
  }
  const other = await people.find(identityOf)
  if (!other) throw new ServiceError('request_unprocessable', 'identityOf names an unknown person')
  const human = humanOf(other)
  if (human === person.id)
    throw new ServiceError('request_unprocessable', 'a person cannot be another record of itself')
  return human
}
