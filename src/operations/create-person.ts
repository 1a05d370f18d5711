import type { Caller } from '../agent/caller.ts'
import type { Person } from '../agent/party.ts'
import type { Deps } from '../deps.ts'
import { newId } from '../id.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'commit' | 'people'>

export async function createPerson(
  needs: Needs,
  { actor }: Caller,
  { name, email = null }: { readonly name: string; readonly email?: string | null | undefined },
): Promise<Person> {
  const now = needs.clock()
  const person: Person = { id: newId(now, needs.crypto.randomBytes), name, email, createdAt: now }
  return needs.commit(
    [needs.people.add(person)],
    [{ type: 'person.created', actor, facts: { person: person.id } }],
    person,
  )
}
