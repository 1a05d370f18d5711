import type { Deps } from '../../deps.ts'
import { humanOf, isSamePerson, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'

type Needs = Pick<Deps, 'people'>

/** Somebody whose matter it is, in words that begin a sentence, and as the actor that they may be. */
export interface Concerned {
  readonly who: string
  readonly person?: Id | null | undefined
  /** Who acts without a person behind: an agent with an API key may make records too. */
  readonly actor?: string | undefined
  /** Whether records that this person made are no matter: who registers agents records most people. */
  readonly isAlone?: boolean | undefined
}

export interface Closeness {
  /** Why the person may not judge; undefined if they may. */
  readonly flaw: string | undefined
  /** What must still hold in the commit of the judgment. */
  readonly guards: readonly Write[]
}

/**
 * Whether somebody is too close to a matter to judge it: one of those whose matter it is, under
 * whichever record; or a record that one of those made, under whichever record, since whoever makes
 * a record may hold its key. Every rule that wants somebody else asks this.
 *
 * @param task what the person is about to do, as in "does not approve".
 */
export async function assessCloseness(
  needs: Needs,
  judge: Person,
  concerned: readonly Concerned[],
  task: 'approve' | 'review',
): Promise<Closeness> {
  const guards: Write[] = [needs.people.mustBeOf(judge.id, humanOf(judge))]
  const makers = await makersOf(needs, judge)
  for (const { who, person: id, actor, isAlone = false } of concerned) {
    const person = id ? await needs.people.find(id) : undefined
    if (person && isSamePerson(person, judge))
      return { flaw: `${who} does not ${task}, under any identity`, guards: [] }
    const actors = [...(actor ? [actor] : []), ...(person ? await actorsOf(needs, person) : [])]
    if (!isAlone && actors.some((one) => makers.has(one)))
      return { flaw: `${who} made the record of this person`, guards: [] }
    if (person) guards.push(needs.people.mustBeOf(person.id, humanOf(person)))
  }
  return { flaw: undefined, guards }
}

/** Whether two people count as two, where both must be: neither is the other, nor made the other's record. */
export async function areTwoPeople(
  needs: Needs,
  one: Person,
  other: Person,
): Promise<{ readonly areTwoPeople: boolean; readonly guards: readonly Write[] }> {
  const made = async (maker: Person, made: Person) => {
    const makers = await makersOf(needs, made)
    return (await actorsOf(needs, maker)).some((actor) => makers.has(actor))
  }
  const isOne = isSamePerson(one, other) || (await made(one, other)) || (await made(other, one))
  return {
    areTwoPeople: !isOne,
    guards: [one, other].map((person) => needs.people.mustBeOf(person.id, humanOf(person))),
  }
}

/** Whoever made a record of this human being. */
async function makersOf({ people }: Needs, person: Person): Promise<ReadonlySet<string>> {
  const records = await people.recordsOf(humanOf(person))
  return new Set(records.flatMap(({ createdBy }) => createdBy ?? []))
}

/** As whom a human being may have made records. */
const actorsOf = async ({ people }: Needs, person: Person): Promise<readonly string[]> =>
  (await people.recordsOf(humanOf(person))).map(({ id }) => `person:${id}`)
