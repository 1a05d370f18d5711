import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { OffsetPage, PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Agent } from './agent.ts'

export const personStates = ['active', 'left'] as const

/** A human being's record: someone who answers for agents or works with this service. */
export interface Person {
  readonly id: Id
  readonly name: string
  readonly email: string | null
  /** Roles in the organization, which entitlements and approval rules refer to. */
  readonly roles: readonly string[]
  /** A person who has left can do nothing more, and does not return under this record. */
  readonly state: (typeof personStates)[number]
  /** The first record of the same human being, if this is a further one. It is never unset. */
  readonly identityOf: Id | null
  /** The actor who created the record. */
  readonly createdBy: string | null
  /** Approves in this person's place until `delegateUntil`. */
  readonly delegate: Id | null
  readonly delegateUntil: Milliseconds | null
  /** Identifiers of this person in the directory that provisions them (SCIM, RFC 7643). */
  readonly userName: string | null
  readonly externalId: string | null
  readonly createdAt: Milliseconds
}

/**
 * Identifies the human being behind a record: the id of their first record. Every rule that asks
 * whether two records are the same human being compares this key. It stays right because everything
 * that links two records is stored as `identityOf` when it becomes known
 * (operations/enforcing/join-person-records.ts).
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
  /**
   * A page in the order of ids, of all or of those that match, and their total number. People who
   * have left and have no user name are not included.
   */
  window(
    filter: { readonly userName?: string; readonly externalId?: string } | undefined,
    offset: number,
    limit: number,
  ): Promise<OffsetPage<Person>>
  /** Active people whose delegate this person is at that moment. */
  delegatingTo(id: Id, now: Milliseconds): Promise<readonly Person[]>
  /** All records of a human being, in the order of ids. */
  recordsOf(human: Id): Promise<readonly Person[]>
  /**
   * Human beings one of whose records has, or ever had, one of these mailboxes, in the order of
   * ids.
   */
  humansWithMailbox(mailboxes: readonly string[]): Promise<readonly Id[]>
  /** Roles of a human being: of all active records, and of agents they own. */
  rolesOf(human: Id): Promise<readonly string[]>
  /** Who an agent's acts count for at that moment: its owner, and everyone who had its key sign. */
  behind(agent: Pick<Agent, 'id' | 'owner'>, now: Milliseconds): Promise<readonly Person[]>
  /**
   * Fails the whole commit with `person_linked` unless the record is this human being's at that
   * moment.
   */
  mustBeOf(id: Id, human: Id): Write
  /**
   * Keeps mailboxes of a record until the record is erased. Fails the whole commit with
   * `person_linked` if another human being has one of them.
   */
  keepMailboxes(person: Person, mailboxes: readonly string[], at: Milliseconds): readonly Write[]
  /**
   * Makes all records of one human being records of another. Fails the whole commit with
   * `person_linked` if the set of records has changed.
   */
  join(records: readonly Person[], human: Id): readonly Write[]
  /** Until then, the agent's acts count as this person's too. */
  actFor(agentId: Id, personId: Id, until: Milliseconds): Write
  /** From now on the agent's acts count only for its owner. */
  nobodyActsFor(agentId: Id): Write
  deleteExpired(mark: Milliseconds): Promise<void>
  /**
   * Fails the whole commit with `person_active` unless the person is active and has these roles.
   */
  mustHaveRoles(id: Id, roles: readonly string[]): Write
  add(person: Person): Write
  /**
   * Writes everything except state and `identityOf`, which `join` writes. Fails the whole commit
   * with `person_active` if the person has left, and with `person_unchanged` if what it writes
   * differs from what was read, so that nobody restores a role that was just removed.
   */
  update(person: Person, before: Person): readonly Write[]
  /** Permanent. Fails the whole commit with `person_active` if the person has already left. */
  leave(id: Id): readonly Write[]
  /** Removes the identifiers by which a directory knows the person. */
  unname(id: Id): Write
  /**
   * Writes what remains of an erased person and deletes their mailboxes. Events are erased later.
   */
  erase(person: Person, now: Milliseconds): readonly Write[]
  /** People whose events await erasure, since before that moment. */
  erasing(before: Milliseconds, limit: number): Promise<readonly Id[]>
  endErasing(id: Id): Write
}

export interface SystemStore {
  find(id: Id): Promise<System | undefined>
  list(page: PageRequest): Promise<readonly System[]>
  add(system: System): Write
}
