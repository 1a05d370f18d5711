import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest, TimeWindow } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Agent } from './agent.ts'

export const personStates = ['active', 'left'] as const

/** Somebody who answers for agents, or works with this service. */
export interface Person {
  readonly id: Id
  readonly name: string
  readonly email: string | null
  /** In the organization: what entitlements and rules of approval speak of. */
  readonly roles: readonly string[]
  /** Who has left does nothing more, and does not come back under this record. */
  readonly state: (typeof personStates)[number]
  /** The first record of the same human being, if this is another of theirs. It is never taken back. */
  readonly identityOf: Id | null
  /** Who made the record. */
  readonly createdBy: string | null
  /** Approves in this person's place until `delegateUntil`. */
  readonly delegate: Id | null
  readonly delegateUntil: Milliseconds | null
  /** Names of this person in the directory that provisions it (SCIM, RFC 7643). */
  readonly userName: string | null
  readonly externalId: string | null
  readonly createdAt: Milliseconds
}

/**
 * The key of the human being behind a record: the id of the first record of theirs. Every rule that
 * asks "is it the same human being?" compares this key. It stays right because whatever links two
 * records is written down as `identityOf` when it becomes known (operations/join-records.ts).
 *
 * @see permission-model.md, 7.11
 */
export const humanOf = ({ id, identityOf }: Pick<Person, 'id' | 'identityOf'>): Id =>
  identityOf ?? id

export const isSamePerson = (
  one: Pick<Person, 'id' | 'identityOf'>,
  other: Pick<Person, 'id' | 'identityOf'>,
): boolean => humanOf(one) === humanOf(other)

/** Software that calls this service with an API key. */
export interface System {
  readonly id: Id
  readonly name: string
  /** Audience DIDs for which it may ask for challenges and decisions. */
  readonly audiences: readonly Did[]
  readonly createdAt: Milliseconds
}

export interface PersonStore {
  find(id: Id): Promise<Person | undefined>
  findByUserName(userName: string): Promise<Person | undefined>
  list(page: PageRequest): Promise<readonly Person[]>
  /** Some in the order of ids, of all or of those that fit, and how many there are of them. People without a user name who have left are none. */
  window(
    filter: { readonly userName?: string; readonly externalId?: string } | undefined,
    offset: number,
    limit: number,
  ): Promise<TimeWindow<Person>>
  /** Active people whose delegate this person is at that moment. */
  delegatingTo(id: Id, now: Milliseconds): Promise<readonly Person[]>
  /** All records of a human being, in the order of ids. */
  recordsOf(human: Id): Promise<readonly Person[]>
  /** Human beings one of whose records has, or ever had, one of these mailboxes, in the order of ids. */
  humansWithMailbox(mailboxes: readonly string[]): Promise<readonly Id[]>
  /** Roles that a human being has under any record that is active, and those of agents they own. */
  rolesOf(human: Id): Promise<readonly string[]>
  /** Whose the acts of an agent are at that moment: its owner, and whoever made its key sign. */
  behind(agent: Pick<Agent, 'id' | 'owner'>, now: Milliseconds): Promise<readonly Person[]>
  /** Fails the whole commit with `person_linked` unless the record is this human being's at that moment. */
  mustBeOf(id: Id, human: Id): Write
  /**
   * Keeps mailboxes of a record for as long as the record is not erased. Fails the whole commit
   * with `person_linked` if another human being has one.
   */
  keepMailboxes(person: Person, mailboxes: readonly string[], at: Milliseconds): readonly Write[]
  /**
   * Makes all records of one human being records of another. Fails the whole commit with
   * `person_linked` if they are not exactly these any more.
   */
  join(records: readonly Person[], human: Id): readonly Write[]
  /** Until then, what the agent does counts as done by this person too. */
  actFor(agentId: Id, personId: Id, until: Milliseconds): Write
  /** From now on nobody but its owner acts for the agent. */
  nobodyActsFor(agentId: Id): Write
  deleteExpired(mark: Milliseconds): Promise<void>
  /** Fails the whole commit with `person_active` unless the person is there, with these roles. */
  mustHaveRoles(id: Id, roles: readonly string[]): Write
  add(person: Person): Write
  /**
   * Writes everything but state and `identityOf`, which `join` writes. Fails the whole commit with `person_active` if the person has left, or has other roles
   * than were read: nobody writes back a role that was taken meanwhile.
   */
  update(person: Person, rolesBefore: readonly string[]): readonly Write[]
  /** For good, or fails the whole commit with `person_active` if the person has left before. */
  leave(id: Id): readonly Write[]
  /** Takes away the names by which a directory knows the person. */
  unname(id: Id): Write
  /** Writes what is left of an erased person, whose mailboxes go; the events are erased later. */
  erase(person: Person, now: Milliseconds): readonly Write[]
  /** Those whose events are to be erased, since before that moment. */
  erasing(before: Milliseconds, limit: number): Promise<readonly Id[]>
  endErasing(id: Id): Write
}

export interface SystemStore {
  find(id: Id): Promise<System | undefined>
  list(page: PageRequest): Promise<readonly System[]>
  add(system: System): Write
}
