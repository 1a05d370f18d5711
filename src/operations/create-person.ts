import type { Caller } from '../agent/caller.ts'
import type { Person } from '../agent/party.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'commit' | 'people'>

export interface PersonRequest {
  readonly name: string
  readonly email?: string | null | undefined
  readonly roles?: readonly string[] | undefined
  readonly identityOf?: Id | null | undefined
  readonly userName?: string | null | undefined
  readonly externalId?: string | null | undefined
}

export async function createPerson(
  needs: Needs,
  { actor }: Caller,
  request: PersonRequest,
): Promise<Person> {
  const now = needs.clock()
  const person: Person = {
    ...newPerson(newId(now, needs.crypto.randomBytes), request.name, now),
    email: request.email ?? null,
    roles: request.roles ?? [],
    identityOf: await firstIdentity(needs, request.identityOf),
    createdBy: actor,
    userName: request.userName ?? null,
    externalId: request.externalId ?? null,
  }
  return needs.commit(
    [needs.people.add(person)],
    [{ type: 'person.created', actor, facts: { person: person.id } }],
    person,
  )
}

/** A person of whom nothing but the name is known. */
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

/** The record that stands for the human being: an identity of an identity is one of the first. */
export async function firstIdentity(
  { people }: Pick<Deps, 'people'>,
  id: Id | null | undefined,
): Promise<Id | null> {
  if (!id) return null
  const first = await people.find(id)
  if (!first) throw new ServiceError('request_unprocessable', 'identityOf is nobody known here')
  return first.identityOf ?? first.id
}
