import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Person } from '../../directory/party.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { Change } from '../common/change.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import { type JoinNeeds, joinRecords } from '../enforcing/join-person-records.ts'

type Needs = JoinNeeds & Pick<Deps, 'crypto'>

export interface PersonRequest {
  readonly name: string
  readonly email?: string | null | undefined
  /** Further addresses of the person, used to recognize them and never returned. */
  readonly aliases?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
  readonly identityOf?: Id | null | undefined
  readonly userName?: string | null | undefined
  readonly externalId?: string | null | undefined
}

/**
 * Records a person. A record that has one of the mailboxes belongs to the same human being: see
 * joinRecords.
 */
export const createPerson = (
  needs: Needs,
  caller: Caller,
  request: PersonRequest,
): Promise<Change<Person>> =>
  retryOnConflict(async () => {
    const { email = null, userName = null, aliases = [], identityOf } = request
    const now = needs.clock()
    const described: Person = {
      ...newPerson(newId(now, needs.crypto.randomBytes), request.name, now),
      email,
      roles: request.roles ?? [],
      createdBy: caller.actor,
      userName,
      externalId: request.externalId ?? null,
    }
    const ties = { addresses: [email, userName, ...aliases], identityOf }
    const { person, writes, events } = await joinRecords(needs, caller, described, ties, true)
    return {
      writes: [...writes, needs.people.add(person)],
      events: [
        {
          type: 'person.created',
          actor: caller.actor,
          facts: { person: person.id, roles: person.roles },
        },
        ...events,
      ],
      answer: person,
    }
  })

/** A person of whom only the name is known. */
export const newPerson = (id: Id, name: string, createdAt: number): Person => ({
  id,
  name,
  email: null,
  roles: [],
  state: 'active',
  identityOf: null,
  createdBy: null,
  delegate: null,
  delegateUntil: null,
  userName: null,
  externalId: null,
  createdAt,
})
