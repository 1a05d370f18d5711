import type { Write } from '../database.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../id.ts'
import type { PageRequest, Window } from '../page.ts'
import type { Milliseconds } from '../time.ts'

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
  /** The record of the same human being that was there first, if this is another identity of theirs. */
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
 * Whether two records are of one human being: the same, another identity of it, or one mailbox.
 * Rules that want several people ask this.
 */
export const isSamePerson = (one: Person, other: Person): boolean =>
  (one.identityOf ?? one.id) === (other.identityOf ?? other.id) ||
  (one.email !== null && one.email.toLowerCase() === other.email?.toLowerCase())

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
  ): Promise<Window<Person>>
  /** Active people whose delegate this person is at that moment. */
  delegatingTo(id: Id, now: Milliseconds): Promise<readonly Person[]>
  /** Fails the whole commit with `person_active` unless the person is there, with these roles. */
  mustHaveRoles(id: Id, roles: readonly string[]): Write
  add(person: Person): Write
  /**
   * Writes everything but the state; other identities of this record are from then on of the same
   * first one. Fails the whole commit with `person_active` if the person has left, or has other roles
   * than were read: nobody writes back a role that was taken meanwhile.
   */
  update(person: Person, rolesBefore: readonly string[]): readonly Write[]
  /** For good, or fails the whole commit with `person_active` if the person has left before. */
  leave(id: Id): readonly Write[]
  /** Writes what is left of an erased person; the events are erased later. */
  erase(person: Person, now: Milliseconds): Write
  /** Those whose events are to be erased, since before that moment. */
  erasing(before: Milliseconds, limit: number): Promise<readonly Id[]>
  endErasing(id: Id): Write
}

export interface SystemStore {
  find(id: Id): Promise<System | undefined>
  list(page: PageRequest): Promise<readonly System[]>
  add(system: System): Write
}
